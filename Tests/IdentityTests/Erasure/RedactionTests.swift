import Events
import Identity
import Testing

@Suite("Taking a person out of others' events")
struct RedactionTests {
    struct Case: Sendable {
        var type: EventType = .track
        var name: String?
        var before: String
        var of: String
        var after: String
    }

    static let cases = [
        Case(
            before: #"{"userId": "bob", "anonymousId": "a-ann", "properties": {"price": 1.50e+1, "id": "a-ann"}}"#,
            of: "anonymous:a-ann",
            after: #"{"userId": "bob", "properties": {"price": 1.50e+1, "id": "a-ann"}}"#
        ),
        Case(
            before:
                #"{"context":{"externalIds":[{"type":"user_id","id":42},{"type":"crm","id":"bob"}]},"properties":{"quantity":42}}"#,
            of: "user:42",
            after:
                #"{"context":{"externalIds":[{"type":"user_id"},{"type":"crm","id":"bob"}]},"properties":{"quantity":42}}"#
        ),
        Case(
            before:
                #"{"userId":"bob","context":{"externalId":[{"type":"crm","id":"c-7"}]},"properties":{"sku":"c-7"}}"#,
            of: "crm:c-7",
            after: #"{"userId":"bob","context":{"externalId":[{"type":"crm"}]},"properties":{"sku":"c-7"}}"#
        ),
        Case(
            type: .identify,
            before:
                #"{"traits":{"email":"Ann@Example.com"},"userId":"bob","properties":{"to":["bob@e.org", "ann@example.com" , "c@e.org"],"cc":[ "ann@example.com" ]}}"#,
            of: "email:ann@example.com",
            after: #"{"traits":{},"userId":"bob","properties":{"to":["bob@e.org" , "c@e.org"],"cc":[  ]}}"#
        ),
        Case(
            type: .identify,
            before:
                #"{"userId":"bob","traits":{"phone":"0171 2345678","mobile":"+49 171 2345678","address":{"country":"DE"}}}"#,
            of: "phone:+491712345678",
            after: #"{"userId":"bob","traits":{"address":{"country":"DE"}}}"#
        ),
        Case(
            type: .alias,
            before: #"{"userId":"bob","previousId":"a-ann"}"#,
            of: "anonymous:a-ann",
            after: #"{"userId":"bob"}"#
        ),
        Case(
            before: #"{"userId":"x","anonymousId":"x","a":["x","x","x"]}"#,
            of: "anonymous:x",
            after: #"{"userId":"x","a":["x","x","x"]}"#
        ),
        Case(before: #"{"userId":"bob"}"#, of: "user:ann", after: #"{"userId":"bob"}"#),
    ]

    @Test("what makes it the person's goes, all else stays to the byte", arguments: cases)
    func redacting(example: Case) throws {
        let envelope = try ErasureSample.envelope(example.type, example.before, name: example.name)
        let identifier = try #require(Identifier(parsing: example.of))
        let redacted = Rules().redacted(envelope, of: [identifier])
        #expect(String(decoding: redacted.event.raw, as: UTF8.self) == example.after)
        #expect(redacted.header == envelope.header)
    }

    @Test("a name that is an address goes too")
    func name() throws {
        let event = #"{"userId":"bob","event":"ann@example.com"}"#
        let envelope = try ErasureSample.envelope(.track, event, name: "ann@example.com")
        let redacted = Rules().redacted(envelope, of: [Identifier("email", "ann@example.com")])
        #expect(redacted.name == nil)
        #expect(String(decoding: redacted.event.raw, as: UTF8.self) == #"{"userId":"bob"}"#)
    }

    @Test("several identifiers go, of whatever kind")
    func several() throws {
        let event =
            #"{"userId":"bob","traits":{"email":"ann@example.com","phone":"+491712345678"},"properties":{"to":["ann@example.com","c@e.org","carl@e.org"]},"anonymousId":"a-ann"}"#
        let envelope = try ErasureSample.envelope(.identify, event, name: nil)
        let identifiers = ["email:ann@example.com", "anonymous:a-ann", "email:carl@e.org", "phone:+491712345678"]
        let redacted = Rules().redacted(envelope, of: identifiers.compactMap { Identifier(parsing: $0) })
        #expect(
            String(decoding: redacted.event.raw, as: UTF8.self)
                == #"{"userId":"bob","traits":{},"properties":{"to":["c@e.org"]}}"#
        )
    }

    @Test("the addresses of many go in one look at an event that lists more", .timeLimit(.minutes(5)))
    func many() throws {
        let all = (0..<10_000).map { "ann\($0)@example.com" }
        let list = all.map { "\"\($0)\"" }.joined(separator: ",")
        let envelope = try ErasureSample.envelope(.track, #"{"userId":"bob","to":[\#(list)]}"#, name: "Sent")
        let redacted = Rules().redacted(envelope, of: all.prefix(2000).map { Identifier("email", $0) })
        #expect(redacted.event["to"]?.count == 8000)
    }

    @Test("whatever an event looks like, it no longer names the person, and the others as before", arguments: 0..<300)
    func random(seed: UInt64) throws {
        var random = SplitMix(seed)
        let type = EventType.allCases.randomElement(using: &random) ?? .track
        let event = RandomEvent.text(using: &random)
        let envelope = try ErasureSample.envelope(type, event, name: "Order Completed")
        let rules = Rules()
        let before = rules.facts(of: envelope).identifiers
        let redacted = rules.redacted(envelope, of: Array(ErasureSample.ann))
        // Reading the whole once more shows that it is JSON still.
        let bytes = redacted.header.encode(event: redacted.event.raw)
        let after = rules.facts(of: try EventEnvelope(decoding: bytes)).identifiers
        #expect(ErasureSample.ann.isDisjoint(with: after), "\(event)")
        let others = before.filter { other in
            // An address is taken out wherever it stands, also as another kind of id.
            !["email", "phone", other.namespace].contains { namespace in
                rules.normalized(namespace, other.value).map(ErasureSample.ann.contains) ?? false
            }
        }
        if type != .alias { #expect(after == others, "\(event)") }
        switch rules.verdict(on: redacted, suppressed: { ErasureSample.ann.contains($0) }) {
        case .keep: break
        case .drop, .redact: Issue.record("\(event)")
        }
    }
}

/// Events in which the same values stand in many places.
private enum RandomEvent {
    private static let values = [
        #""ann""#, #""bob""#, "42", #""42""#, #""ann@example.com""#, #""ANN@example.com""#, #""bob@example.com""#,
        #""+1 201 555 0123""#, #""a-ann""#, #""c-77""#, "null", "1.5", "true",
    ]
    private static let members = ["userId", "anonymousId", "previousId", "groupId", "note"]

    static func text(using random: inout SplitMix) -> String {
        let traits = object(["email", "phone", "mobile", "plan"], &random)
        let properties = object(["email", "phone", "quantity", "ref"], &random)
        let device = object(["id", "advertisingId"], &random)
        let externals = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            let type = ["user_id", "crm.contact", "anonymous_id", "email"].randomElement(using: &random) ?? ""
            return #"{"type":"\#(type)", "id" :\#(value(&random))}"#
        }
        let context = #"{"device":\#(device),"externalIds":[\#(externals.joined(separator: ", "))]}"#
        var parts = members.filter { _ in Bool.random(using: &random) }.map { "\"\($0)\":\(value(&random))" }
        parts += ["\"traits\":\(traits)", "\"properties\" : \(properties)", "\"context\":\(context)"]
        return "{\(parts.shuffled(using: &random).joined(separator: " , "))}"
    }

    private static func object(_ names: [String], _ random: inout SplitMix) -> String {
        let members = names.filter { _ in Bool.random(using: &random) }.map { "\"\($0)\":\(value(&random))" }
        return "{\(members.joined(separator: ","))}"
    }

    private static func value(_ random: inout SplitMix) -> String { values.randomElement(using: &random) ?? "null" }
}
