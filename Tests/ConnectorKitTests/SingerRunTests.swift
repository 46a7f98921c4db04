import Events
import Synchronization
import Testing

@testable import ConnectorKit

/// Remembers as the connector's store does.
final class ScriptedMemory: SourceMemory {
    private let known = Mutex<[String: [String: RememberedRecord]]>([:])

    func remember(_ batch: SourceBatch) {
        known.withLock { known in
            for note in batch.records { known[note.stream, default: [:]][note.key] = note.record }
        }
    }

    func records(_ keys: [String], in stream: String) -> [String: RememberedRecord] {
        known.withLock { ($0[stream] ?? [:]).filter { keys.contains($0.key) } }
    }

    func keys(in stream: String, before version: Int64, behind key: String, limit: Int) -> [String] {
        known.withLock { known in
            let found = (known[stream] ?? [:]).filter { $0.key > key && $0.value.version < version }
            return Array(found.keys.sorted().prefix(limit))
        }
    }
}

@Suite("A run of a Singer tap")
struct SingerRunTests {
    private let memory = ScriptedMemory()

    private static let schema = #"{"type":"SCHEMA","stream":"people","key_properties":["id"],"schema":{}}"#

    /// What a run gives that ends well, as one batch and its deletions.
    private func run(
        _ mapping: JSONValue,
        _ lines: [String],
        catalog: String = #"{"streams":[{"tap_stream_id":"people"}]}"#,
        at now: Int64 = 1_764_288_000_000_000
    ) async throws -> (batch: SourceBatch, gone: [SourceEvent]) {
        let time = Timestamp(microseconds: now)
        var run = SingerRun(
            mappings: ["people": try SingerMapping(mapping, stream: "people", source: "tap")],
            catalog: try SingerCatalog(Array(catalog.utf8)),
            memory: memory,
            now: time
        )
        for line in lines { try run.take(Array(line.utf8)) }
        let batch = try await run.batch(at: time)
        memory.remember(batch)
        var gone: [SourceEvent] = []
        for (stream, version) in run.complete {
            var behind = ""
            while let (batch, last) = try await run.deletions(in: stream, version: version, behind: behind, at: time) {
                gone += batch.events
                memory.remember(batch)
                behind = last
            }
        }
        return (batch, gone)
    }

    private func record(_ text: String, version: Int? = nil) -> String {
        let version = version.map { #","version":\#($0)"# } ?? ""
        return #"{"type":"RECORD","stream":"people","record":\#(text)\#(version)}"#
    }

    private static let mapping: JSONValue = #"identify({"tap.person": .id}; {name})"#

    @Test("hands on the state verbatim, the last one there was")
    func state() async throws {
        let state = #"{"bookmarks":{"currently_sync_stream":"people","people":{"a":2.10}},"currently_syncing":null}"#
        let (batch, _) = try await run(
            Self.mapping,
            [Self.schema, #"{"type":"STATE","value":{"a":1}}"#, #"{"type":"state","value":\#(state)}"#]
        )
        #expect(batch.state?.text == state)
    }

    @Test("ignores an empty state, types that it does not know, and streams that are not mapped")
    func ignored() async throws {
        let (batch, _) = try await run(
            Self.mapping,
            [
                #"{"type":"STATE","value":{}}"#, #"{"type":"STATE","value":null}"#, #"{"type":"NEWS"}"#,
                #"{"type":"RECORD","stream":"others","record":{"id":1}}"#,
            ]
        )
        #expect(batch.state == nil && batch.events.isEmpty && batch.rejected.isEmpty)
    }

    @Test("keeps numbers as they are written")
    func numbers() async throws {
        let (batch, _) = try await run(
            #"identify({"tap.person": .id}; {balance})"#,
            [Self.schema, record(#"{"id":820982911946154508,"balance":2.10}"#)]
        )
        let body = try JSONValue(parsing: try #require(batch.events.first).body)
        #expect(body["traits"]?.text == #"{"balance":2.10}"#)
        #expect(body["context"]?["externalIds"]?.text == #"[{"id":"820982911946154508","type":"tap.person"}]"#)
    }

    @Test(
        "rejects what makes no sense, and goes on",
        arguments: [
            ("Traceback", "invalid_json"), ("{\"type\":\"RECORD\",\"stream\"", "invalid_json"),
            ("[]", "invalid_message"),
            (#"{"type":"RECORD","stream":"people"}"#, "invalid_message"),
            (#"{"type":"RECORD","stream":"people","record":{"id":NaN}}"#, "invalid_json"),
            (#"{"type":"RECORD","stream":"people","record":{"id":"\u0000"}}"#, "invalid_json"),
            (#"{"type":"RECORD","stream":"people","record":{"id":null}}"#, "no_identifier"),
            (#"{"type":"RECORD","stream":"people","record":[]}"#, "mapping_failed"),
        ]
    )
    func rejected(line: String, code: String) async throws {
        let (batch, _) = try await run(Self.mapping, [Self.schema, line, record(#"{"id":1}"#)])
        #expect(batch.rejected.map(\.code) == [code])
        #expect(batch.events.count == 1)
    }

    @Test("refuses records in files")
    func batches() async throws {
        await #expect(throws: ConnectorFailure.self) {
            _ = try await run(Self.mapping, [Self.schema, #"{"type":"BATCH","stream":"people","manifest":[]}"#])
        }
    }

    @Test("sends an undated record once, and again when it or its mapping changes")
    func unchanged() async throws {
        func count(_ mapping: JSONValue, _ name: String) async throws -> Int {
            try await run(mapping, [Self.schema, record(#"{"id":1,"name":"\#(name)"}"#)]).batch.events.count
        }
        #expect(try await count(Self.mapping, "Ada") == 1)
        #expect(try await count(Self.mapping, "Ada") == 0)
        #expect(try await count(Self.mapping, "Grace") == 1)
        #expect(try await count(Self.mapping, "Grace") == 0)
        #expect(try await count(#"identify({"tap.person": .id}; {called: .name})"#, "Grace") == 1)
    }

    @Test("takes the time from the member by which the stream goes on, and remembers nothing of such a record")
    func dated() async throws {
        let catalog = #"{"streams":[{"tap_stream_id":"people","replication_key":"updated"}]}"#
        let line = record(#"{"id":1,"name":"Ada","updated":"2026-11-02T00:00:00+00:00"}"#)
        let first = try await run(Self.mapping, [Self.schema, line], catalog: catalog)
        let second = try await run(Self.mapping, [Self.schema, line], catalog: catalog)
        #expect(first.batch.events == second.batch.events)
        #expect(first.batch.events.first?.originalTimestamp?.description == "2026-11-02T00:00:00.000Z")
        #expect(first.batch.records.isEmpty)
    }

    // MARK: What is gone

    private static let following: JSONValue = [
        "events": Self.mapping, "deleted": #"track("Person Deleted"; {"tap.person": .id}; {})"#,
    ]

    private func full(_ version: Int, _ ids: [Int], ends: Bool = true) -> [String] {
        [Self.schema] + ids.map { record(#"{"id":\#($0)}"#, version: version) }
            + (ends ? [#"{"type":"ACTIVATE_VERSION","stream":"people","version":\#(version)}"#] : [])
    }

    @Test("tells of records that a later version does not have, once")
    func deletions() async throws {
        let announced = #"{"type":"ACTIVATE_VERSION","stream":"people","version":1}"#
        let first = try await run(Self.following, [Self.schema, announced] + full(1, [1, 2, 3]).dropFirst())
        #expect(first.batch.events.count == 3 && first.gone.isEmpty)
        let second = try await run(Self.following, full(2, [1, 3]))
        #expect(second.batch.events.isEmpty && second.gone.map(\.name) == ["Person Deleted"])
        let body = try JSONValue(parsing: try #require(second.gone.first).body)
        #expect(body["context"]?["externalIds"]?.text == #"[{"id":"2","type":"tap.person"}]"#)
        #expect(try await run(Self.following, full(3, [1, 3])).gone.isEmpty)
        // Even the last ones, since the tap says so.
        #expect(try await run(Self.following, full(4, [])).gone.count == 2)
    }

    @Test("takes nothing for gone that an incremental run did not mention, or one that nobody asked about")
    func notGone() async throws {
        _ = try await run(Self.following, full(1, [1, 2, 3]))
        // The version is announced, and the same as before.
        let incremental = [Self.schema, #"{"type":"ACTIVATE_VERSION","stream":"people","version":1}"#]
        #expect(try await run(Self.following, incremental + [record(#"{"id":3}"#, version: 1)]).gone.isEmpty)
        #expect(try await run(Self.following, full(2, [1], ends: false)).gone.isEmpty)
        #expect(try await run(Self.mapping, full(3, [1])).gone.isEmpty)
    }

    @Test("a stream that is read whole tells by itself what is gone, unless it is suddenly empty")
    func wholeStreams() async throws {
        let catalog = #"{"streams":[{"tap_stream_id":"people","replication_method":"FULL_TABLE"}]}"#
        func gone(_ ids: [Int], at time: Int64) async throws -> Int {
            let lines = [Self.schema] + ids.map { record(#"{"id":\#($0)}"#) }
            return try await run(Self.following, lines, catalog: catalog, at: time * 1_000_000).gone.count
        }
        #expect(try await gone([1, 2, 3], at: 1) == 0)
        #expect(try await gone([1, 3], at: 2) == 1)
        #expect(try await gone([], at: 3) == 0)
        #expect(try await gone([1], at: 4) == 1)
    }

    @Test("a record that is gone, comes back and goes again is gone twice")
    func returns() async throws {
        _ = try await run(Self.following, full(1, [1, 2]))
        let first = try await run(Self.following, full(2, [1])).gone
        #expect(try await run(Self.following, full(3, [1, 2])).batch.events.count == 1)
        let second = try await run(Self.following, full(4, [1])).gone
        #expect(first.count == 1 && second.count == 1 && first.first?.messageID != second.first?.messageID)
    }
}
