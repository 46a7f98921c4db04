import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestKit
import Testing
import Topics

@Suite("Erasing persons from the lanes of an instance")
struct LaneEraserTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))

    /// A data directory with a log and what follows its decisions.
    private struct World {
        let log: any MessageLog
        let control: ControlFollower
        let directory: String

        init(embedded: Bool) throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "kith-lanes-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            directory = url.path
            log =
                embedded
                ? try EmbeddedLog(directory: "\(url.path)/log", producer: "ingest") : InMemoryLog(producer: "ingest")
            let key = try SuppressionKey.load(in: url.path)
            control = ControlFollower(log: log, key: key, readiness: Readiness())
        }

        func eraser(
            topics: [String] = Topic.all,
            cleanStore: @escaping @Sendable ([Suppression]) async throws -> Void = { _ in }
        ) -> LaneEraser {
            LaneEraser(
                log: log,
                instance: "ingest",
                topics: topics,
                control: control,
                pauses: .init(settling: .zero, retry: .milliseconds(1)),
                rules: { Rules() },
                cleanStore: cleanStore
            )
        }

        func fill() async throws {
            let bodies = [
                #"{"userId":"42"}"#, #"{"userId":"bob","traits":{"email":"ann@example.com"}}"#, #"{"userId":"bob"}"#,
            ]
            let events = bodies.map { Record(value: RecordEraserTests.event($0), timestamp: 10) }
            _ = try await log.append(events, to: Topic.events)
            let letters = ["ann@example.com wrote", "bob wrote"].map { Record(value: Array($0.utf8), timestamp: 10) }
            _ = try await log.append(letters, to: Topic.deadLetters)
        }

        func values(of topic: String) async throws -> [String] {
            let lane = Partition(topic: topic, name: "ingest")
            return try await log.read(lane, from: 0, maxRecords: 100, maxBytes: 1 << 20).map {
                String(decoding: $0.record.value, as: UTF8.self)
            }
        }

        var bytesOfLog: [UInt8] {
            let files = FileManager.default.enumerator(atPath: directory)?.allObjects as? [String] ?? []
            return files.filter { $0.hasSuffix(".seg") && !$0.contains("/control/") }.flatMap { file in
                Array(FileManager.default.contents(atPath: "\(directory)/\(file)") ?? Data())
            }
        }
    }

    /// Runs the eraser until what it is to erase is erased.
    private func run(_ world: World, _ eraser: LaneEraser, until ids: Set<String>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await world.control.run() }
            group.addTask { try? await eraser.run() }
            for await _ in world.control.news {
                let erasures = world.control.book.erasures.values
                if Set(erasures.filter { $0.erased["ingest"] != nil }.map(\.suppression.id)).isSuperset(of: ids) {
                    break
                }
            }
            group.cancelAll()
        }
    }

    private func say(_ records: [ControlRecord], on log: any MessageLog) async throws {
        _ = try await log.append(records.map { $0.record(at: Timestamp(microseconds: 1)) }, to: Topic.control)
    }

    private func records(of erasure: ControlBook.Erasure) -> [ControlRecord] {
        [.suppression(erasure.suppression), erasure.forgotten.map(ControlRecord.forgotten)].compactMap(\.self)
    }

    @Test("nothing of the person is left, the rest stays, and it says so", arguments: [false, true])
    func erases(embedded: Bool) async throws {
        let world = try World(embedded: embedded)
        try await world.fill()
        try await say(records(of: RecordEraserTests.erasure()), on: world.log)
        await run(world, world.eraser(), until: ["s1"])
        #expect(
            try await world.values(of: Topic.events) == [
                #"{"v":1,"erased":true}"#,
                String(decoding: RecordEraserTests.event(#"{"userId":"bob","traits":{}}"#), as: UTF8.self),
                String(decoding: RecordEraserTests.event(#"{"userId":"bob"}"#), as: UTF8.self),
            ]
        )
        #expect(try await world.values(of: Topic.deadLetters) == [#"{"erased":true}"#, "bob wrote"])
        #expect(world.control.book.erasures["s1"]?.erased["ingest"]?.records == ["events": 2, "dead-letters": 1])
        #expect(!world.bytesOfLog.contains(subsequence: Array("ann@example.com".utf8)))
        await world.log.close()
    }

    @Test("cut short half-way, it begins again")
    func again() async throws {
        let world = try World(embedded: true)
        try await world.fill()
        try await say(records(of: RecordEraserTests.erasure()), on: world.log)
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let first = world.eraser { _ in
            signal.yield()
            // The process ends here, with one topic rewritten.
            _ = try await world.log.rewrite(Topic.events, at: [0]) { _ in
                Record(value: EventEnvelope.tombstone, timestamp: 0)
            }
            try await Task.sleep(for: .seconds(3600))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await world.control.run() }
            group.addTask { try? await first.run() }
            for await _ in begun { break }
            group.cancelAll()
        }
        #expect(world.control.book.erasures["s1"]?.erased.isEmpty == true)
        await run(world, world.eraser(), until: ["s1"])
        #expect(!world.bytesOfLog.contains(subsequence: Array("ann@example.com".utf8)))
        #expect(try await world.values(of: Topic.events).first == #"{"v":1,"erased":true}"#)
        await world.log.close()
    }

    @Test("several are erased in one pass, each once, and a failure is tried again")
    func several() async throws {
        let world = try World(embedded: false)
        try await world.fill()
        var bob = RecordEraserTests.erasure("s2")
        bob.suppression.identifiers = [Identifier("user", "bob")]
        try await say(records(of: RecordEraserTests.erasure()) + records(of: bob), on: world.log)
        let cleaned = Mutex<[[String]]>([])
        let eraser = world.eraser { people in
            let isFirst = cleaned.withLock { cleaned in
                cleaned.append(people.map(\.id))
                return cleaned.count == 1
            }
            if isFirst { throw MessageLogError.full }
        }
        await run(world, eraser, until: ["s1", "s2"])
        #expect(cleaned.withLock { $0 } == [["s1", "s2"], ["s1", "s2"]])
        let tombstone = #"{"v":1,"erased":true}"#
        #expect(try await world.values(of: Topic.events) == [tombstone, tombstone, tombstone])
    }

    @Test("who is not forgotten yet, is erased already, or has no identifiers left, is not erased")
    func nothingToDo() async throws {
        let world = try World(embedded: false)
        try await world.fill()
        let before = try await world.values(of: Topic.events)
        var stripped = RecordEraserTests.erasure("s2")
        stripped.suppression.identifiers = []
        let erased = Erased(suppression: "s3", instance: "ingest", records: [:], time: Self.word.time)
        try await say(
            [.suppression(RecordEraserTests.erasure("s1").suppression)] + records(of: stripped)
                + records(of: RecordEraserTests.erasure("s3")) + [.erased(erased)],
            on: world.log
        )
        await run(world, world.eraser { _ in Issue.record("cleaned") }, until: ["s3"])
        #expect(try await world.values(of: Topic.events) == before)
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: subsequence) }
    }
}
