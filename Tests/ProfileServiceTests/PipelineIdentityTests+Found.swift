import Events
import Identity
import Testing

@testable import ProfileService

/// Sets of events that chance has found to go wrong once, as small as they still did.
extension PipelineIdentityTests {
    @Test("a mailbox that becomes nobody's takes its events along, although its profile goes on with who has just come")
    func leftToNewcomers() async throws {
        let both = #"[{"id":"c4","type":"shop.customer"},{"id":"c3","type":"crm.contact"}]"#
        let other = #""traits":{"email":"m2@shop.example"}"#
        let phone = #""context":{"device":{"id":"D1"}}"#
        let events = [
            Self.event(
                "m10",
                1,
                .identify,
                "crm",
                "{\"context\":{\"externalIds\":\(both)},\"traits\":{\"email\":\"m3@shop.example\"}}"
            ),
            Self.event("m2", 28, .track, "crm", #"{"userId":"u1","anonymousId":"d3"}"#),
            Self.event("m6", 9, .identify, "app", #"{"userId":"u7","anonymousId":"d3"}"#),
            Self.event("m14", 8, .identify, "crm", "{\(other)}"),
            Self.event(
                "m12",
                23,
                .identify,
                "crm",
                #"{"userId":"u1","context":{"externalIds":[{"id":"c4","type":"shop.customer"}]}}"#
            ),
            Self.event("m0", 30, .track, "crm", "{\(phone),\"anonymousId\":\"d3\",\(other)}"),
        ]
        _ = try await Self.graph(of: events, by: Rules(), Delivery(batch: 4))
    }

    @Test("a part of a device that goes and comes again is told with a greater revision")
    func returningPart() async throws {
        var rules = Rules()
        rules.degreeLimit = 5
        let events = [
            Self.event("m14", 14, .alias, "app", #"{"userId":"u2","previousId":"u8"}"#),
            Self.event("m1", 1, .track, "app", #"{"anonymousId":"d1"}"#),
            Self.event("m31", 30, .identify, "web", #"{"userId":"u2","anonymousId":"d2"}"#),
            Self.event("m22", 9, .identify, "crm", #"{"userId":"u2","traits":{"phone":"+12015550111"}}"#),
            Self.event("m29", 23, .identify, "app", #"{"userId":"u4"}"#),
            Self.event(
                "m9",
                15,
                .identify,
                "app",
                #"{"userId":"u2","anonymousId":"d1","traits":{"email":"m3@shop.example"}}"#
            ),
            Self.event("m51", 27, .track, "web", #"{"userId":"u6","anonymousId":"d1"}"#),
            Self.event("m42", 30, .track, "crm", #"{"userId":"u1","anonymousId":"d2"}"#),
            Self.event("m6", 30, .identify, "web", #"{"userId":"u3","anonymousId":"d2"}"#),
            // With a sixth neighbour u2 is nobody's.
            Self.event("m34", 11, .track, "web", #"{"userId":"u2","anonymousId":"d3"}"#),
            Self.event("m16", 17, .identify, "web", #"{"userId":"u2","anonymousId":"d2"}"#),
        ]
        _ = try await Self.graph(of: events, by: rules, Delivery(batch: 2))
    }

    private static func event(
        _ id: String,
        _ time: Int64,
        _ type: EventType,
        _ source: String,
        _ event: String
    ) -> TestEvent {
        TestEvent(id, at: time, type, event, source: source)
    }
}
