import ConnectorKit
import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import TestKit
import Testing
import Topics

@testable import ConnectorService

/// The publisher on the real log and the real store, in a directory of its own.
@Suite("Publisher")
struct PublisherTests {
    private func inDirectory(_ body: (String) async throws -> Void) async throws {
        let files = FileManager.default
        let directory = files.temporaryDirectory.appendingPathComponent("connector-\(UUID().uuidString)")
        try files.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: directory) }
        let path = directory.path
        try await body(path)
    }

    private func record(_ text: String) -> Record { Record(value: Array(text.utf8), timestamp: 0) }

    private func effects(_ state: Int) -> Effects {
        Effects(
            source: .init(
                name: "s",
                state: "\(state)",
                records: 1,
                rejected: 0,
                request: nil,
                time: Timestamp(microseconds: 0)
            )
        )
    }

    private func state(_ store: ConnectorStore) async throws -> JSONValue? { try await store.state(of: "s") }

    @Test("puts records on the log and then remembers the state")
    func publishes() async throws {
        try await inDirectory { path in
            let log = try EmbeddedLog(directory: "\(path)/log", producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let publisher = Publisher(log: log, store: store)
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                try await publisher.publish(
                    .init(parts: [("events", [record("a"), record("b")])], effects: effects(1))
                )
                try await publisher.publish(.init(parts: [("events", [])], effects: effects(2)))
                group.cancelAll()
            }
            #expect(try await state(store) == 2)
            #expect(try await log.partitions(of: "events").map(\.head) == [2])
            await log.close()
        }
    }

    @Test("puts nothing on the log when it is ended before it is known who is suppressed")
    func endsBeforeItKnows() async throws {
        try await inDirectory { path in
            let log = InMemoryLog(producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let key = try SuppressionKey.load(in: path)
            let control = ControlFollower(log: log, key: key, readiness: Readiness())
            let gate = SuppressionGate(control: control) { Rules() }
            let publisher = Publisher(log: log, store: store, gate: gate)
            let running = Task { try await publisher.run() }
            let parts = [(topic: "events", records: [record("a")]), (topic: "events", records: [record("b")])]
            let batch = Publisher.Batch(parts: parts, effects: effects(1))
            let published = Task { try await publisher.publish(batch) }
            try await Task.sleep(for: .milliseconds(200))
            running.cancel()
            await #expect(throws: CancellationError.self) { try await published.value }
            #expect(try await log.partitions(of: "events").isEmpty)
        }
    }

    @Test("puts nothing on the log of who is forgotten while that has no room")
    func waitsForRoom() async throws {
        try await inDirectory { path in
            let log = InMemoryLog(producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let key = try SuppressionKey.load(in: path)
            let control = ControlFollower(log: log, key: key, readiness: Readiness())
            let following = Task { try await control.run() }
            await control.isKnown()
            let suppression = Suppression(
                id: "s",
                hashes: [key.hash(of: Identifier("user", "ada"))],
                identifiers: [],
                profileIDs: [],
                word: Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
            )
            let publisher = Publisher(
                log: FullLog(log) { control.apply([ControlRecord.suppression(suppression)]) },
                store: store,
                gate: SuppressionGate(control: control) { Rules() }
            )
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                let parts = [(topic: "events", records: [event(of: "ada"), event(of: "bob")])]
                try await publisher.publish(.init(parts: parts, effects: effects(1)))
                group.cancelAll()
            }
            following.cancel()
            let partition = Partition(topic: "events", name: "connector")
            let records = try await log.read(partition, from: 0, maxRecords: 10, maxBytes: 1 << 20)
            let events = try records.map { try EventEnvelope(decoding: $0.record.value) }
            #expect(events.map(\.messageID) == ["bob"])
        }
    }

    private func event(of user: String) -> Record {
        let time = Timestamp(microseconds: 1)
        let header = EventHeader(source: "s", messageID: user, type: .identify, timestamp: time, receivedAt: time)
        let body = #"{"type":"identify","userId":"\#(user)","messageId":"\#(user)"}"#
        return Record(value: header.encode(event: Array(body.utf8)), timestamp: 1)
    }

    @Test("puts a request that comes twice at the same time on the log once")
    func publishesRequestOnce() async throws {
        try await inDirectory { path in
            let log = try EmbeddedLog(directory: "\(path)/log", producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let publisher = Publisher(log: log, store: store)
            var effects = effects(1)
            effects.source?.request = "r1"
            let batch = Publisher.Batch(parts: [("dead-letters", [record("a")])], effects: effects)
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                async let first = publisher.publish(batch)
                async let second = publisher.publish(batch)
                let taken = try await [first, second]
                #expect(taken.filter(\.self).count == 1)
                group.cancelAll()
            }
            #expect(try await log.partitions(of: "dead-letters").map(\.head) == [1])
            await log.close()
        }
    }

    @Test("remembers a state of very many values", arguments: [true, false])
    func keepsLargeState(isRecovered: Bool) async throws {
        try await inDirectory { path in
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let values = (0..<150_000).map { JSONValue.number(JSONNumber($0)) }
            let large = (0..<50).reduce(JSONValue.array(values)) { inner, _ in ["in": inner] }
            var effects = effects(1)
            effects.source?.state = large.text
            if isRecovered {
                try await store.note(effects, topic: "events", sequence: 1)
                try await store.recover { _ in 1 }
            } else {
                try await store.apply(effects)
            }
            #expect(try await state(store) == large)
        }
    }

    @Test("does not take a state that it cannot read for none, and knows all else of the source")
    func refusesBrokenState() async throws {
        try await inDirectory { path in
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            try await store.write { db in
                try db.execute("INSERT INTO source (name, state) VALUES ('s', '{')")
            }
            await #expect(throws: ConnectorFailure.self) { try await store.state(of: "s") }
            #expect(try await store.counts(of: "s") == SourceCounts(records: 0, rejected: 0, succeeded: nil))
            try await store.note(effects(1), topic: "events", sequence: 1)
            try await store.write { db in try db.execute("UPDATE intent SET state = '{'") }
            try await store.recover { _ in 1 }
            #expect(try await store.counts(of: "s")?.records == 1)
        }
    }

    @Test(
        "finds out after a crash whether an append took place, and remembers or forgets what followed",
        arguments: [true, false]
    )
    func recovers(tookPlace: Bool) async throws {
        try await inDirectory { path in
            let log = try EmbeddedLog(directory: "\(path)/log", producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            try await store.note(effects(7), topic: "events", sequence: 1)
            if tookPlace { _ = try await log.append([record("a")], to: "events", sequence: 1) }
            try await store.recover { topic in try await log.lastSequence(of: topic) }
            #expect(try await state(store) == (tookPlace ? 7 : nil))
            // It is settled once.
            try await store.recover { _ in 100 }
            #expect(try await state(store) == (tookPlace ? 7 : nil))
            await log.close()
        }
    }

    @Test(
        "settles what a member that is gone was at, and publishes what it has left",
        arguments: [true, false]
    )
    func inherits(tookPlace: Bool) async throws {
        try await inDirectory { path in
            let tables = try SQLiteStore(path: "\(path)/store.sqlite", migrations: Schema.migrations)
            let (gone, heir) = (ConnectorStore(tables, member: "gone"), ConnectorStore(tables, member: "heir"))
            let records = ["1", "2", "3"].map { OutboxRecord(topic: "a", record: record($0)) }
            try await gone.write { db in try ConnectorStore.add(records, of: "gone", db) }
            var effects = effects(7)
            effects.outbox = .init(topic: "a", last: 2)
            try await gone.note(effects, topic: "a", sequence: 1)
            #expect(try await heir.outbox(limit: 10, bytes: 100).isEmpty)
            #expect(try await heir.hasLeft("gone"))
            #expect(try await heir.isInDoubt("s"))
            #expect(try await !gone.isInDoubt("s"))

            try await heir.recover("gone") { _ in tookPlace ? 1 : 0 }
            try await heir.inheritOutbox(of: "gone")
            #expect(try await state(heir) == (tookPlace ? 7 : nil))
            let left = try #require(try await heir.outbox(limit: 10, bytes: 100).first)
            #expect(
                left.records.map { String(decoding: $0.value, as: UTF8.self) } == (tookPlace ? ["3"] : ["1", "2", "3"])
            )
            #expect(left.effect.last > 3, "ids of its own")
            #expect(try await !heir.hasLeft("gone"))
            #expect(try await !heir.isInDoubt("s"))
        }
    }

    @Test("survives a batch that the log never takes")
    func survivesLargeBatch() async throws {
        try await inDirectory { path in
            let log = try EmbeddedLog(directory: "\(path)/log", producer: "connector")
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let publisher = Publisher(log: log, store: store)
            let large = Record(value: [UInt8](repeating: 0, count: 40 << 20), timestamp: 0)
            try await withThrowingTaskGroup { group in
                group.addTask { try await publisher.run() }
                await #expect(throws: MessageLogError.self) {
                    try await publisher.publish(.init(parts: [("events", [large])], effects: effects(1)))
                }
                try await publisher.publish(.init(parts: [("events", [record("a")])], effects: effects(2)))
                group.cancelAll()
            }
            #expect(try await state(store) == 2)
            await log.close()
        }
    }

    @Test("takes out of the outbox what fits, in order and by topic")
    func limitsOutbox() async throws {
        try await inDirectory { path in
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let texts = [("a", "1"), ("a", "22"), ("a", "333"), ("b", "4")]
            let records = texts.map { OutboxRecord(topic: $0.0, record: record($0.1)) }
            try await store.write { db in try ConnectorStore.add(records, of: "", db) }
            let first = try #require(try await store.outbox(limit: 10, bytes: 4).first)
            #expect(first.records.count == 2)
            #expect(first.effect == Effects.OutboxEffect(topic: "a", last: 2))
            #expect(try await store.outbox(limit: 10, bytes: 0).map(\.records.count) == [1])
            try await store.apply(Effects(outbox: first.effect))
            #expect(try await store.outbox(limit: 10, bytes: 100).map(\.records.count) == [1, 1])
        }
    }

    @Test(
        "takes out of the outbox together what goes to one topic, and leaves there what stands between",
        arguments: [true, false]
    )
    func gathersByTopic(isRecovered: Bool) async throws {
        try await inDirectory { path in
            let store = try ConnectorStore(path: "\(path)/store.sqlite")
            let topics = (0..<10).flatMap { _ in ["b", "a"] }
            let records = topics.map { OutboxRecord(topic: $0, record: record($0)) }
            try await store.write { db in try ConnectorStore.add(records, of: "", db) }
            for topic in ["a", "b"] {
                let batch = try #require(try await store.outbox(limit: 20, bytes: 100).first)
                #expect(batch.effect.topic == topic)
                #expect(batch.records == Array(repeating: record(topic), count: 10))
                if isRecovered {
                    try await store.note(Effects(outbox: batch.effect), topic: topic, sequence: 1)
                    try await store.recover { _ in 1 }
                } else {
                    try await store.apply(Effects(outbox: batch.effect))
                }
            }
            #expect(try await store.outbox(limit: 20, bytes: 100).isEmpty)
        }
    }
}
