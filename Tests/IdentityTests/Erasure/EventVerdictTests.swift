import Events
import Identity
import Testing

@Suite("Whose an event is when somebody is forgotten")
struct EventVerdictTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var says: String
        var type: EventType = .track
        var name: String?
        var event: String
        var verdict: EventVerdict

        var testDescription: String { says }
    }

    private static func redact(_ names: String...) -> EventVerdict {
        .redact(names.compactMap { Identifier(parsing: $0) })
    }

    static let cases = [
        Case(says: "nobody's", event: #"{"event":"x"}"#, verdict: .keep),
        Case(says: "another's", event: #"{"userId":"bob","anonymousId":"b"}"#, verdict: .keep),
        Case(says: "by its login", event: #"{"userId":"ann","anonymousId":"other"}"#, verdict: .drop),
        Case(says: "by a number", event: #"{"userId":42}"#, verdict: .drop),
        Case(says: "by its device", event: #"{"anonymousId":"a-ann"}"#, verdict: .drop),
        Case(
            says: "by an address on a device that nobody knows",
            type: .identify,
            event: #"{"anonymousId":"new","traits":{"email":"Ann@Example.com"}}"#,
            verdict: .drop
        ),
        Case(
            says: "by a phone number without its country",
            type: .identify,
            event: #"{"anonymousId":"new","traits":{"phone":"(201) 555-0123"}}"#,
            verdict: .drop
        ),
        Case(
            says: "by a record of another system",
            event: #"{"anonymousId":"x","context":{"externalIds":[{"type":"crm.contact","id":"c-77"}]}}"#,
            verdict: .drop
        ),
        Case(
            says: "another's on the person's device",
            event: #"{"userId":"bob","anonymousId":"a-ann"}"#,
            verdict: redact("anonymous:a-ann")
        ),
        Case(
            says: "another's with the person's address",
            type: .identify,
            event: #"{"userId":"bob","traits":{"email":"ann@example.com","phone":"+1 201 555 0123"}}"#,
            verdict: redact("email:ann@example.com", "phone:+12015550123")
        ),
        Case(
            says: "another's address on the person's device",
            type: .identify,
            event: #"{"anonymousId":"a-ann","traits":{"email":"bob@example.com"}}"#,
            verdict: redact("anonymous:a-ann")
        ),
        Case(
            says: "another's order that goes to the person",
            name: "Order Completed",
            event: #"{"userId":"bob","properties":{"email":"ann@example.com"}}"#,
            verdict: redact("email:ann@example.com")
        ),
        Case(
            says: "an order of whom only the address is known",
            name: "Order Completed",
            event: #"{"anonymousId":"shop","properties":{"email":"ann@example.com"}}"#,
            verdict: .drop
        ),
        Case(
            says: "a message that lists who else got it",
            name: "Email Received",
            event: #"{"traits":{"email":"bob@example.com"},"properties":{"to":["Ann@example.com","bob@example.com"]}}"#,
            verdict: redact("email:ann@example.com")
        ),
        Case(
            says: "an address in another's text stays",
            event: #"{"userId":"bob","properties":{"note":"write to ann@example.com"}}"#,
            verdict: .keep
        ),
        Case(
            says: "a value that identifies nobody where it stands",
            event: #"{"userId":"bob","properties":{"quantity":42}}"#,
            verdict: .keep
        ),
        Case(
            says: "the person under a new login",
            type: .alias,
            event: #"{"userId":"aaa","previousId":"ann"}"#,
            verdict: .drop
        ),
        Case(
            says: "another's login on the person's device, as an alias",
            type: .alias,
            event: #"{"userId":"bob","previousId":"a-ann"}"#,
            verdict: redact("anonymous:a-ann")
        ),
        Case(
            says: "a new device id of the person's installation",
            event: #"{"anonymousId":"a-ann","context":{"device":{"advertisingId":"new"}}}"#,
            verdict: .drop
        ),
    ]

    @Test("an event is the person's, somebody else's, or has nothing to do with them", arguments: cases)
    func verdict(example: Case) throws {
        let envelope = try ErasureSample.envelope(example.type, example.event, name: example.name)
        #expect(Rules().verdict(on: envelope) { ErasureSample.ann.contains($0) } == example.verdict)
    }

    @Test("where nobody is suppressed everything stays", arguments: cases)
    func nobody(example: Case) throws {
        let envelope = try ErasureSample.envelope(example.type, example.event, name: example.name)
        #expect(Rules().verdict(on: envelope) { _ in false } == .keep)
    }
}
