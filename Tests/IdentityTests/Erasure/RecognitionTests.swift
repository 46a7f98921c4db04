import Events
import Identity
import Testing

@Suite("Knowing who is to be forgotten, whatever the rules are by now")
struct RecognitionTests {
    struct Case: Sendable {
        var then: Rules
        var now: Rules
        var person: String
        var event: String
    }

    static let plain = Rules()
    static let folding = rules { $0.foldsMailboxes = true }
    static let korean = rules { $0.country = "KR" }
    static let mails = rules { $0.namespaces["login"] = NamespaceRule(priority: 10, normalization: .email) }

    private static func rules(_ change: (inout Rules) -> Void) -> Rules {
        var rules = Rules()
        change(&rules)
        return rules
    }

    static let cases = [
        Case(
            then: plain,
            now: folding,
            person: "email:b.o.b@gmail.com",
            event: #"{"anonymousId":"x","traits":{"email":"B.o.b@gmail.com"}}"#
        ),
        Case(
            then: folding,
            now: plain,
            person: "email:bob@gmail.com",
            event: #"{"anonymousId":"x","traits":{"email":"b.o.b@googlemail.com"}}"#
        ),
        Case(
            then: korean,
            now: plain,
            person: "phone:+821012345678",
            event: #"{"anonymousId":"x","traits":{"phone":"010-1234-5678"}}"#
        ),
        Case(
            then: mails,
            now: plain,
            person: "login:ada@example.com",
            event: #"{"context":{"externalIds":[{"type":"login","id":"Ada@Example.com"}]}}"#
        ),
    ]

    private func isOne(_ person: String) -> (Identifier, Int) -> Bool {
        { identifier, _ in identifier.description == person }
    }

    @Test("an event is the person's by the rules from then, and by those alone nobody's", arguments: cases)
    func drops(example: Case) throws {
        let envelope = try ErasureSample.envelope(.identify, example.event)
        let known = Recognition(by: example.now, formsOf: [example.then])
        guard case .nothing = known.rest(of: envelope, suppressed: isOne(example.person)) else {
            Issue.record("It is left.")
            return
        }
        let unknown = Recognition(by: example.now, formsOf: [])
        #expect(unknown.rest(of: envelope, suppressed: isOne(example.person)).isWhole)
    }

    @Test("another's event loses what is the person's by the rules from then, and all else stays")
    func redacts() throws {
        let recognition = Recognition(by: Self.folding, formsOf: [Self.plain, Self.plain])
        let event = #"{"userId":"ann","traits":{"email":"b.o.b@gmail.com","plan":1}}"#
        let envelope = try ErasureSample.envelope(.identify, event)
        let rest = recognition.rest(of: envelope, suppressed: isOne("email:b.o.b@gmail.com"))
        guard case .part(let redacted) = rest else {
            Issue.record("\(rest)")
            return
        }
        #expect(String(decoding: redacted.event.raw, as: UTF8.self) == #"{"userId":"ann","traits":{"plan":1}}"#)
        #expect(recognition.rest(of: envelope, suppressed: isOne("user:bob")).isWhole)
    }

    @Test("rules that make the same of every value are looked at once")
    func once() {
        var others = Rules()
        others.degreeLimit = 7
        others.namespaces["card"] = NamespaceRule(priority: 3)
        #expect(Recognition(by: Self.plain, formsOf: [others, Self.plain]).rules == [Self.plain])
        let recognition = Recognition(by: Self.plain, formsOf: [Self.korean, others, Self.korean])
        #expect(recognition.rules == [Self.plain, Self.korean])
        #expect(recognition.places == [1, 0, 1])
    }

    @Test(
        "rules in the forms of others make of values what those do, and are as before in all else",
        arguments: [plain, folding, korean, mails]
    )
    func forms(others: Rules) {
        let rules = Self.rules {
            $0.degreeLimit = 7
            $0.country = "DE"
            $0.other.normalization = .phone
        }
        let changed = rules.inForms(of: others)
        let values = [
            ("email", "A.b+c@gmail.com"), ("phone", "010-1234-5678"), ("login", "Ada@Example.com"), ("card", "Seven 7"),
        ]
        for (namespace, value) in values {
            #expect(changed.normalized(namespace, value) == others.normalized(namespace, value))
            #expect(changed[namespace].priority == rules[namespace].priority)
        }
        #expect(changed.degreeLimit == 7)
        #expect(others.inForms(of: others) == others)
    }

    @Test("a mail address that is another spelling of a mailbox stands for that, and nothing else does")
    func mailboxes() {
        let address = Identifier("email", "a.da+news@googlemail.com")
        #expect(Self.plain.mailbox(of: address) == Identifier("email", "ada@gmail.com"))
        let others = [
            Identifier("email", "ada@gmail.com"), Identifier("email", "a.da+news@example.com"),
            Identifier("user", "a.da@gmail.com"),
        ]
        for other in others { #expect(Self.plain.mailbox(of: other) == nil) }
    }
}
