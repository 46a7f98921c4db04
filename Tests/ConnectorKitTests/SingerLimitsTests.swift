import Events
import Testing

@testable import ConnectorKit

@Suite("The limits of a Singer run")
struct SingerLimitsTests {
    private static let moment = Timestamp(microseconds: 1_795_000_000_000_000)

    private func run(_ events: String = "identify({email: .id}; .)") throws -> SingerRun {
        let catalog = #"{"streams": [{"tap_stream_id": "people", "stream": "people", "key_properties": ["id"]}]}"#
        return SingerRun(
            mappings: ["people": try SingerMapping(.string(events), stream: "people", source: "crm")],
            catalog: try SingerCatalog(Array(catalog.utf8)),
            memory: NoMemory(),
            now: Self.moment
        )
    }

    private func record(_ id: String, padding: Int) -> [UInt8] {
        let padding = String(repeating: "x", count: padding)
        return Array(#"{"type": "RECORD", "stream": "people", "record": {"id": "\#(id)", "more": "\#(padding)"}}"#.utf8)
    }

    @Test("a batch of few lines is due when they are long, and the next one begins at nothing")
    func bytes() async throws {
        var run = try run()
        for id in ["a", "b", "c", "d"] {
            #expect(!run.isDue)
            try run.take(record(id, padding: 1 << 20))
        }
        #expect(run.isDue)
        #expect(try await run.batch(at: Self.moment).events.count == 4)
        #expect(!run.isDue)
    }

    @Test("of a record whose event is too large there is a dead letter")
    func largeEvent() async throws {
        var run = try run()
        try run.take(record("a", padding: 5 << 20))
        try run.take(record("b", padding: 10))
        let batch = try await run.batch(at: Self.moment)
        #expect(batch.events.count == 1)
        #expect(batch.rejected.map(\.code) == ["event_too_large"])
    }

    @Test(
        "the kind of a failure is told from what the tap says at its end",
        arguments: [
            ("INFO METRIC: {\"http_status_code\": 429}\nValueError: port 40129", ConnectorFailure.Kind.system),
            ("WARNING retrying after 503\nHTTPError: 401 Client Error", .configuration),
            ("Traceback:\n  File \"config.py\", line 429\nKeyError: 'token'", .configuration),
            ("error: 403 Forbidden\n\n", .permission), ("Backing off (HTTP 429)", .rateLimit),
            (#"ValueError: {"code": "rate_limit_exceeded"}"#, .rateLimit),
            ("could not connect to server", .transient), ("", .system),
        ]
    )
    func failures(lines: String, kind: ConnectorFailure.Kind) {
        let failure = SingerFailure.failure(exit: "ended", lines: lines.split(separator: "\n").map(String.init))
        #expect(failure.kind == kind, "\(failure)")
    }
}
