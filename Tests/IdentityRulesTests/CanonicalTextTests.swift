import Identity
import IdentityRules
import Testing

@Suite("The canonical text of identity rules")
struct CanonicalTextTests {
    @Test("says everything")
    func complete() throws {
        let rules = try Rules(
            yaml: """
                traits: {tags: {keep: union}, plan: {keep: trusted, sources: [crm, "bill\\"ing"]}, name: {keep: last}}
                signOutEvents: [Logout, Bye]
                namespaces: {shop.customer: {limit: 1, junk: [b, "A\\n"]}}
                """
        )
        let expected = #"""
            country: "US"
            foldMailboxes: false
            degreeLimit: 10000
            identifierBytes: 512
            identifiersPerEvent: 32
            traitBytes: 16384
            signOutEvents: ["bye", "logout"]
            namespaces:
              "anonymous": {priority: 70, limit: 25, unique: false, device: true, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
              "crm_id": {priority: 20, limit: 25, unique: true, device: false, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
              "device": {priority: 60, limit: 25, unique: false, device: true, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
              "email": {priority: 40, limit: 25, unique: false, device: false, normalize: email, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
              "phone": {priority: 50, limit: 25, unique: false, device: false, normalize: phone, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
              "shop.customer": {priority: 30, limit: 1, unique: true, device: false, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: ["a", "b"]}
              "user": {priority: 10, limit: 1, unique: true, device: false, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
            otherNamespaces: {priority: 30, limit: 1, unique: true, device: false, normalize: trimmed, mayRepeat: false, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
            contactNamespaces: {priority: 20, limit: 1, unique: true, device: false, normalize: trimmed, mayRepeat: true, sharedAbove: 5, sharedAboveWeak: 25, junk: []}
            traits:
              "plan": {keep: trusted, sources: ["crm", "bill\"ing"]}
              "tags": {keep: union}

            """#
        #expect(rules.canonicalText == expected)
    }

    @Test("reads back to the same rules, and is the same for them")
    func roundTrip() throws {
        for seed in 0..<1000 as Range<UInt64> {
            var random = RandomRules(seed: seed)
            let rules = random.rules()
            let text = rules.canonicalText
            let read = try Rules(yaml: text)
            #expect(read == rules, "seed \(seed)")
            #expect(read.canonicalText.utf8.elementsEqual(text.utf8), "seed \(seed)")
        }
    }

    @Test("says in brief what is not so by default, and reads back to the same rules")
    func brief() throws {
        #expect(Rules().briefText == "")
        #expect(try Rules(yaml: "") == Rules())
        var rules = Rules()
        rules.country = "KR"
        rules.foldsMailboxes = true
        #expect(rules.briefText == "country: \"KR\"\nfoldMailboxes: true\n")
        for seed in 0..<300 as Range<UInt64> {
            var random = RandomRules(seed: seed)
            let rules = random.rules()
            #expect(try Rules(yaml: rules.briefText) == rules, "seed \(seed)")
        }
    }

    @Test("differs when any property does")
    func distinct() {
        for seed in 0..<100 as Range<UInt64> {
            var random = RandomRules(seed: seed)
            let (rules, others) = (random.rules(), random.rules())
            #expect((rules == others) == (rules.canonicalText == others.canonicalText), "seed \(seed)")
            for (number, change) in RandomRules.changes.enumerated() {
                var changed = rules
                change(&changed)
                let isSame = changed.canonicalText == rules.canonicalText
                #expect((changed == rules) == isSame, "seed \(seed), change \(number)")
            }
        }
    }

    @Test("is the same bytes for texts that are equal")
    func canonicallyEqual() throws {
        func rules(_ accent: String) -> Rules {
            var rules = Rules()
            rules.namespaces["caf\(accent)"] = NamespaceRule(priority: 1, junk: ["\(accent)1", "z"])
            rules.traits["r\(accent)sum\(accent)"] = .trusted(["\(accent)t\(accent)"])
            rules.signOutEvents = ["d\(accent)connexion"]
            return rules
        }
        #expect(rules("e\u{301}") == rules("\u{E9}"))
        #expect(rules("e\u{301}").canonicalText.utf8.elementsEqual(rules("\u{E9}").canonicalText.utf8))
    }

    @Test("leaves out what holds for every trait")
    func lastTrait() {
        var rules = Rules()
        rules.traits["name"] = .last
        #expect(rules.canonicalText == Rules().canonicalText)
    }
}
