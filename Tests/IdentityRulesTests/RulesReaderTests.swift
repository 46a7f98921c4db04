import Identity
import IdentityRules
import Testing

@Suite("A file of identity rules")
struct RulesReaderTests {
    private static let fromNothing = [
        "", "# nothing\n", "---\n", "~", "{}", "namespaces:\ntraits: {}\notherNamespaces:\n",
    ]

    @Test("says the defaults when it says nothing", arguments: fromNothing)
    func defaults(text: String) throws {
        #expect(try Rules(yaml: text) == Rules())
    }

    private static func rules(_ change: (inout Rules) -> Void) -> Rules {
        var rules = Rules()
        change(&rules)
        return rules
    }

    @Test(
        "changes the property that it names, and nothing else",
        arguments: [
            ("country: KR", rules { $0.country = "KR" }),
            // Which is false in YAML 1.1.
            ("country: no", rules { $0.country = "NO" }),
            ("country: uk", rules { $0.country = "GB" }),
            ("foldMailboxes: true", rules { $0.foldsMailboxes = true }),
            ("degreeLimit: 50", rules { $0.degreeLimit = 50 }),
            ("identifierBytes: 64", rules { $0.identifierBytes = 64 }),
            ("identifiersPerEvent: 2", rules { $0.identifiersPerEvent = 2 }),
            ("traitBytes: 100", rules { $0.traitBytes = 100 }),
            ("signOutEvents: [Signed Out, 로그아웃]", rules { $0.signOutEvents = ["signed out", "로그아웃"] }),
            ("signOutEvents: []", rules { $0.signOutEvents = [] }),
            ("namespaces: {email: {priority: 45}}", rules { $0.namespaces["email"]?.priority = 45 }),
            ("namespaces: {email: {limit: 3}}", rules { $0.namespaces["email"]?.limit = 3 }),
            ("namespaces: {email: {unique: true}}", rules { $0.namespaces["email"]?.isUnique = true }),
            ("namespaces: {device: {device: false}}", rules { $0.namespaces["device"]?.isDevice = false }),
            ("namespaces: {user: {normalize: email}}", rules { $0.namespaces["user"]?.normalization = .email }),
            ("namespaces: {email: {sharedAbove: 3}}", rules { $0.namespaces["email"]?.shareThreshold = 3 }),
            ("namespaces: {phone: {sharedAboveWeak: 9}}", rules { $0.namespaces["phone"]?.weakShareThreshold = 9 }),
            ("namespaces: {user: {mayRepeat: true}}", rules { $0.namespaces["user"]?.mayRepeat = true }),
            ("namespaces: {user: {junk: [Admin, 4711]}}", rules { $0.namespaces["user"]?.junk = ["admin", "4711"] }),
            ("namespaces: {email: {}, user: }", Rules()),
            ("otherNamespaces: {limit: 5}", rules { $0.other.limit = 5 }),
            ("contactNamespaces: {limit: 2}", rules { $0.contact.limit = 2 }),
            ("traits: {plan: {keep: first}}", rules { $0.traits["plan"] = .first }),
            ("traits: {plan: {keep: max}}", rules { $0.traits["plan"] = .max }),
            ("traits: {plan: {keep: min}}", rules { $0.traits["plan"] = .min }),
            ("traits: {plan: {keep: union}}", rules { $0.traits["plan"] = .union }),
            ("traits: {plan: {keep: longest}}", rules { $0.traits["plan"] = .longest }),
            ("traits: {plan: {keep: last}}", Rules()),
            (
                "traits: {Full Name: {keep: trusted, sources: [crm, 7]}}",
                rules { $0.traits["Full Name"] = .trusted(["crm", "7"]) }
            ),
        ]
    )
    func properties(text: String, rules: Rules) throws {
        #expect(try Rules(yaml: text) == rules)
    }

    @Test("starts a new namespace from what holds for those not named, wherever that stands")
    func newNamespaces() throws {
        let rules = try Rules(
            yaml: """
                namespaces:
                  loyalty.card: {priority: 35}
                  hubspot.contact: {priority: 21}
                  plain:
                otherNamespaces: {limit: 7, sharedAbove: 2, junk: [none given]}
                contactNamespaces: {limit: 2}
                """
        )
        let other = NamespaceRule(priority: 30, limit: 7, isUnique: true, shareThreshold: 2, junk: ["none given"])
        #expect(rules["plain"] == other)
        #expect(rules.namespaces["plain"] == other)
        #expect(rules["anything"] == other)
        #expect(
            rules["loyalty.card"]
                == NamespaceRule(priority: 35, limit: 7, isUnique: true, shareThreshold: 2, junk: ["none given"])
        )
        #expect(rules["hubspot.contact"] == NamespaceRule(priority: 21, limit: 2, isUnique: true, mayRepeat: true))
        #expect(rules["zoho.contact"] == NamespaceRule(priority: 20, limit: 2, isUnique: true, mayRepeat: true))
        #expect(rules["crm_id"] == Rules()["crm_id"])
    }

    @Test("takes no device for a login, unless it says so")
    func devices() throws {
        let rules = try Rules(
            yaml: "namespaces: {kiosk: {device: true, priority: 65}, anonymous: {unique: true, device: false}}"
        )
        #expect(rules["kiosk"] == NamespaceRule(priority: 65, limit: 1, isUnique: false, isDevice: true))
        #expect(rules["anonymous"] == NamespaceRule(priority: 70, isUnique: true, isDevice: false))
    }

    @Test(
        "keeps junk in the form that values are compared in",
        arguments: [
            ("user: {junk: [' ADMIN ', admin, İ]}", "user", ["admin", "i\u{307}"]),
            ("email: {junk: [Sales.Desk@Kith.DEV, 'mailto:a.b@c.de']}", "email", ["sales.desk@kith.dev", "a.b@c.de"]),
            ("phone: {junk: ['+1 (202) 555-0123', 202-555-0188]}", "phone", ["+12025550123", "+12025550188"]),
            // The normalization counts that holds in the end.
            ("user: {junk: [Sales@Kith.DEV.], normalize: email}", "user", ["sales@kith.dev"]),
            // Known already: of no use, but not wrong.
            ("email: {junk: [Test@Test.com, 'NULL']}", "email", ["test@test.com", "null"]),
            ("phone: {junk: [555-555-5555]}", "phone", ["555-555-5555"]), ("user: {junk: []}", "user", []),
        ] as [(String, String, Set<String>)]
    )
    func junk(text: String, namespace: String, junk: Set<String>) throws {
        #expect(try Rules(yaml: "namespaces: {\(text)}")[namespace].junk == junk)
    }

    @Test("lets namespaces be equally strong")
    func equalPriorities() throws {
        let rules = try Rules(yaml: "namespaces: {email: {priority: 40}, phone: {priority: 40}}")
        #expect(rules["email"].priority == rules["phone"].priority)
    }

    @Test("may use anchors, to say the same twice")
    func anchors() throws {
        let rules = try Rules(yaml: "namespaces: {a: &shop {priority: 15, limit: 1}, b: *shop}")
        #expect(rules["a"] == rules["b"])
        #expect(rules["b"] == NamespaceRule(priority: 15, limit: 1, isUnique: true))
    }
}
