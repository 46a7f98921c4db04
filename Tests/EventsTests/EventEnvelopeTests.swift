import Events
import Testing

@Suite("An event envelope")
struct EventEnvelopeTests {
    private let event = Array(
        #"{ "userId":"42", "event":"Order Completed", "properties":{"total":27.50}, "later": [1e2] }"#.utf8
    )

    private let full = EventHeader(
        source: "web",
        userNamespace: "crm",
        messageID: "m-\"1\"",
        type: .track,
        name: "Order Completed",
        timestamp: Timestamp(microseconds: 1_768_468_991_512_169),
        originalTimestamp: Timestamp(microseconds: 1),
        sentAt: Timestamp(microseconds: 2000),
        receivedAt: Timestamp(microseconds: 3_000_000),
        historical: true
    )

    @Test("carries the header back and forth and the event's bytes untouched", arguments: EventType.allCases)
    func roundTrip(type: EventType) throws {
        var header = full
        header.type = type
        let envelope = try EventEnvelope(decoding: header.encode(event: event))
        #expect(envelope.header == header)
        #expect(Array(envelope.event.raw) == event)
        #expect(envelope.source == "web" && envelope.userNamespace == "crm" && envelope.messageID == "m-\"1\"")
        #expect(envelope.type == type && envelope.name == "Order Completed" && envelope.historical)
        #expect(envelope.timestamp == header.timestamp && envelope.receivedAt == header.receivedAt)
        #expect(envelope.originalTimestamp == header.originalTimestamp && envelope.sentAt == header.sentAt)
    }

    @Test("leaves out what there is nothing to say about")
    func minimal() throws {
        let time = Timestamp(microseconds: 0)
        let header = EventHeader(source: "web", messageID: "m", type: .identify, timestamp: time, receivedAt: time)
        let bytes = header.encode(event: Array("{}".utf8))
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"v":1,"source":"web","messageId":"m","type":"identify","timestamp":"1970-01-01T00:00:00.000Z","#
                + #""receivedAt":"1970-01-01T00:00:00.000Z","event":{}}"#
        )
        #expect(try EventEnvelope(decoding: bytes).header == header)
    }

    @Test("reads an event as deep as the door lets in, and ignores unknown fields")
    func deepEvent() throws {
        let deep = Array(("{\"a\":" + String(repeating: "[", count: 60) + String(repeating: "]", count: 60) + "}").utf8)
        var bytes = full.encode(event: deep)
        bytes.insert(contentsOf: Array(#""new":{"x":1},"#.utf8), at: 1)
        #expect(try EventEnvelope(decoding: bytes).header == full)
    }

    @Test(
        "says what is wrong with a record",
        arguments: [
            (#"{}"#, EnvelopeError.missing("v")),
            (#"{"v":2}"#, .unknownVersion(2)),
            (#"{"v":1}"#, .missing("event")),
            (#"{"v":1,"event":7}"#, .missing("event")),
            (#"{"v":1,"event":{}}"#, .missing("source")),
            (#"{"v":1,"event":{},"source":5}"#, .wrongType("source")),
            (#"{"v":1,"event":{},"source":"s","messageId":"m","type":"bark"}"#, .unknownType("bark")),
            (#"{"v":1,"event":{},"source":"s","messageId":"m","type":"page"}"#, .missing("timestamp")),
            (
                #"{"v":1,"event":{},"source":"s","messageId":"m","type":"page","timestamp":"today"}"#,
                .notATime("timestamp")
            ),
            (
                #"{"v":1,"event":{},"source":"s","messageId":"m","type":"page","timestamp":"2026-01-01"}"#,
                .missing("receivedAt")
            ),
            ("{", .notJSON(.unexpectedEnd(at: 1))),
        ]
    )
    func refuses(text: String, error: EnvelopeError) {
        #expect(throws: error) { try EventEnvelope(decoding: Array(text.utf8)) }
        #expect(error.description.hasSuffix("."))
    }
}
