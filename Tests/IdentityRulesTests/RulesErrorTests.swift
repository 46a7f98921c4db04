import Identity
import IdentityRules
import Testing

@Suite("A wrong file of identity rules")
struct RulesErrorTests {
    private func check(_ text: String, _ description: String) {
        let error = #expect(throws: RulesError.self) { try Rules(yaml: text) }
        #expect(error?.description == description)
    }

    private static let fields = """
        known are “country”, “foldMailboxes”, “degreeLimit”, “identifierBytes”, “identifiersPerEvent”, “traitBytes”, \
        “signOutEvents”, “namespaces”, “otherNamespaces”, “contactNamespaces”, “traits”.
        """
    private static let namespaceFields = """
        “priority”, “limit”, “unique”, “device”, “normalize”, “mayRepeat”, “sharedAbove”, \
        “sharedAboveWeak”, “junk”.
        """
    private static let notName =
        "A namespace has 1 to 64 bytes, and neither capitals, spaces nor colons, "
        + "nor characters that have a plain form."
    private static let strategies = "known are “last”, “first”, “max”, “min”, “union”, “longest”, “trusted”."

    @Test(
        "is refused with its line, as a whole",
        arguments: [
            ("a", "line 1: The file must be a mapping with \(fields.dropFirst("known are ".count))"),
            ("- a", "line 1: The file must be a mapping with \(fields.dropFirst("known are ".count))"),
            ("a: [", "line 2: This is not YAML: while parsing a flow node, did not find expected node content."),
            ("country: KR\n\ncountry: JP\n", "line 1: A field comes twice: country."),
            (
                "country: KR\ncontry: JP",
                "line 2: The file has the unknown field “contry”; \(fields) Did you mean “country”?"
            ),
            ("\nsources: []", "line 2: The file has the unknown field “sources”; \(fields)"),
            ("country: Korea", "line 1: “country” must be a country's two letters in ISO 3166, such as KR."),
            ("country:", "line 1: “country” must be a text."),
            ("foldMailboxes: yes", "line 1: “foldMailboxes” must be true or false."),
            ("degreeLimit: 0", "line 1: “degreeLimit” must be a whole number from 1 to 1000000000."),
            ("identifierBytes: 4096", "line 1: “identifierBytes” must be a whole number from 1 to 2048."),
            ("identifiersPerEvent: 1", "line 1: “identifiersPerEvent” must be a whole number from 2 to 1000."),
            ("traitBytes: many", "line 1: “traitBytes” must be a whole number from 1 to 1000000."),
            ("signOutEvents: Logout", "line 1: “signOutEvents” must be a list of texts."),
            ("signOutEvents:\n- Logout\n-\n- Bye", "line 3: “signOutEvents” must be a list of texts."),
            ("namespaces: [email]", "line 1: “namespaces” must be a mapping by name."),
            ("traits: plan", "line 1: “traits” must be a mapping by name."),
        ]
    )
    func general(text: String, description: String) {
        check(text, description)
    }

    @Test(
        "is refused with the namespace",
        arguments: [
            (
                "namespaces:\n  email: 5",
                "line 2, namespace “email”: “email” must be a mapping with \(namespaceFields)"
            ),
            (
                "namespaces:\n  email:\n    priority: 1\n    prority: 2",
                """
                line 4, namespace “email”: “email” has the unknown field “prority”; \
                known are \(namespaceFields) Did you mean “priority”?
                """
            ),
            (
                "otherNamespaces: {limits: 2}",
                "line 1: “otherNamespaces” has the unknown field “limits”; known are \(namespaceFields) Did you mean “limit”?"
            ),
            (
                "namespaces:\n  email:\n    priority: -1",
                "line 3, namespace “email”: “priority” must be a whole number from 0 to 1000000."
            ),
            (
                "namespaces:\n  email:\n    limit: 0",
                "line 3, namespace “email”: “limit” must be a whole number from 1 to 1000000."
            ),
            ("contactNamespaces:\n  limit: 0", "line 2: “limit” must be a whole number from 1 to 1000000."),
            (
                "namespaces:\n  email:\n    sharedAbove: 0",
                "line 3, namespace “email”: “sharedAbove” must be a whole number from 1 to 1000000."
            ),
            ("namespaces: {email: {unique: 1}}", "line 1, namespace “email”: “unique” must be true or false."),
            (
                "namespaces: {email: {normalize: emial}}",
                """
                line 1, namespace “email”: “normalize” cannot be “emial”; \
                known are \(NamespaceRule.Normalization.known). Did you mean “email”?
                """
            ),
            (
                "namespaces:\n  Loyalty.Card: {}",
                "line 2, namespace “Loyalty.Card”: \(notName) Did you mean “loyalty.card”?"
            ),
            (
                "namespaces:\n  ａｂｃ: {}",
                "line 2, namespace “ａｂｃ”: \(notName) Did you mean “abc”?"
            ),
            ("namespaces:\n  a b: {}", "line 2, namespace “a b”: \(notName)"),
            ("namespaces:\n  'a:b': {}", "line 2, namespace “a:b”: \(notName)"),
            ("namespaces:\n  '': {}", "line 2, namespace “”: \(notName)"),
            (
                "namespaces:\n  user_id: {}",
                "line 2, namespace “user_id”: An external id of this type is in the namespace “user”, or the source's."
            ),
            (
                "namespaces:\n  anonymous_id: {}",
                "line 2, namespace “anonymous_id”: An external id of this type is in the namespace “anonymous”."
            ),
            ("namespaces:\n  1: {}\n  '1': {}", "line 3, namespace “1”: It is there twice."),
        ]
    )
    func namespaces(text: String, description: String) {
        check(text, description)
    }

    @Test("is refused with the namespace when that is too long")
    func longNamespace() {
        let name = String(repeating: "a", count: 65)
        check("namespaces: {\(name): {}}", "line 1, namespace “\(name)”: \(Self.notName)")
    }

    @Test(
        "is refused when it contradicts itself",
        arguments: [
            (
                "namespaces:\n  kiosk: {device: true, unique: true}",
                "line 2, namespace “kiosk”: “unique” cannot be true of a device, which several people may use."
            ),
            (
                "namespaces:\n  anonymous:\n    unique: true",
                """
                line 3, namespace “anonymous”: “unique” cannot be true of a device, which several people may use; \
                say “device: false” as well if it is none.
                """
            ),
            (
                "namespaces:\n  email: {limit: 2}\n  anonymous:\n    priority: 20",
                """
                line 3: The device “anonymous” must be weaker than every login: \
                its priority 20 must be greater than the 30 of “otherNamespaces”.
                """
            ),
            (
                "namespaces:\n  user: {priority: 65}\n  device: {limit: 2}",
                """
                line 3: The device “device” must be weaker than every login: \
                its priority 60 must be greater than the 65 of “user”.
                """
            ),
            (
                "\ncontactNamespaces: {priority: 80}",
                """
                line 2: The device “device” must be weaker than every login: \
                its priority 60 must be greater than the 80 of “contactNamespaces”.
                """
            ),
            (
                "otherNamespaces: {device: true, priority: 15}",
                """
                line 1: The device “otherNamespaces” must be weaker than every login: \
                its priority 15 must be greater than the 20 of “contactNamespaces”.
                """
            ),
        ]
    )
    func contradictions(text: String, description: String) {
        check(text, description)
    }

    @Test(
        "is refused for junk that no value is ever like",
        arguments: [
            (
                "namespaces:\n  email:\n    junk: [nobody@example.com,\n      nobody]",
                "line 4, namespace “email”: “junk” has “nobody”, which is no e-mail address; so no value is ever like it."
            ),
            (
                "namespaces: {phone: {junk: [911]}}",
                "line 1, namespace “phone”: “junk” has “911”, which is no phone number; so no value is ever like it."
            ),
            (
                "identifierBytes: 4\nnamespaces: {user: {junk: [admin]}}",
                """
                line 2, namespace “user”: “junk” has “admin”, which is longer than “identifierBytes”; \
                so no value is ever like it.
                """
            ),
            ("namespaces: {user: {junk: ['']}}", "line 1, namespace “user”: “junk” must be a text."),
            ("namespaces: {user: {junk: admin}}", "line 1, namespace “user”: “junk” must be a list of texts."),
        ]
    )
    func junk(text: String, description: String) {
        check(text, description)
    }

    @Test(
        "is refused with the trait",
        arguments: [
            ("traits:\n  plan: first", "line 2, trait “plan”: “plan” must be a mapping with “keep”, “sources”."),
            ("traits:\n  plan: {}", "line 2, trait “plan”: “keep” is missing."),
            (
                "traits:\n  plan: {kep: first}",
                "line 2, trait “plan”: “plan” has the unknown field “kep”; known are “keep”, “sources”. Did you mean “keep”?"
            ),
            ("traits: {plan: {keep: best}}", "line 1, trait “plan”: “keep” cannot be “best”; \(strategies)"),
            (
                "traits: {plan: {keep: unoin}}",
                "line 1, trait “plan”: “keep” cannot be “unoin”; \(strategies) Did you mean “union”?"
            ),
            (
                "traits: {plan: {keep: trusted}}",
                "line 1, trait “plan”: “keep: trusted” needs “sources”, the most trusted first."
            ),
            (
                "traits: {plan: {keep: trusted, sources: []}}",
                "line 1, trait “plan”: “sources” must name at least one source."
            ),
            (
                "traits: {plan: {keep: trusted, sources: [crm, billing, crm]}}",
                "line 1, trait “plan”: “sources” has “crm” twice."
            ),
            (
                "traits: {plan: {keep: first, sources: [crm]}}",
                "line 1, trait “plan”: “sources” are only for “keep: trusted”."
            ),
            (
                "traits:\n  '': {keep: first}",
                "line 2, trait “”: A trait's name has 1 to 256 bytes, and no control characters."
            ),
            ("traits:\n  1: {keep: max}\n  '1': {keep: min}", "line 3, trait “1”: It is there twice."),
        ]
    )
    func traits(text: String, description: String) {
        check(text, description)
    }

    @Test("is told apart from others by its path")
    func file() throws {
        var error = try #require(throws: RulesError.self) { try Rules(yaml: "namespaces: {user: {limit: 0}}") }
        error.file = "identity.yaml"
        #expect(
            error.description
                == "identity.yaml, line 1, namespace “user”: “limit” must be a whole number from 1 to 1000000."
        )
    }
}

extension NamespaceRule.Normalization {
    fileprivate static var known: String { allCases.map { "“\($0.rawValue)”" }.joined(separator: ", ") }
}
