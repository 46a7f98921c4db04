import Events
import Foundation
import Identity
import MessageLog
import ServiceKit
import Testing
import Topics

@testable import NotifierService

@Suite("The notifier, when somebody is forgotten")
struct NotifierForgettingTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let ada = Identifier("email", "ada@example.com")
    private static let rules = """
        rules:
          - name: thanks
            on: {event: Order Completed}
            to: mail
            email: {subject: Thank you, text: Hello}
        """

    @Test("what is erased sets off nothing and is no dead letter")
    func erased() async throws {
        let bench = try Workbench(rules: Self.rules)
        try await bench.changes(Topic.tombstone(of: Topic.changes))
        try await bench.happens("m-1")
        _ = try await bench.world.rewrite(Topic.events) { _ in Record(value: EventEnvelope.tombstone, timestamp: 0) }
        try await bench.settle()
        #expect(try await bench.commands().isEmpty)
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("rules are not set off for who is suppressed")
    func suppressed() async throws {
        let bench = try Workbench(rules: Self.rules)
        let key = try SuppressionKey.load(in: bench.directory)
        let suppression = Suppression(
            id: "s",
            hashes: [key.hash(of: Self.ada)],
            identifiers: [],
            profileIDs: [],
            word: Self.word
        )
        let record = ControlRecord.suppression(suppression).record(at: Self.word.time)
        _ = try await bench.world.append([record], to: Topic.control)
        try await bench.happens("m-1")
        try await bench.happens("m-2", to: Identifier("email", "bob@example.com"))
        let control = ControlFollower(log: bench.log, key: key, readiness: Readiness())
        let task = Task { try await control.run() }
        try await bench.settle(control: control)
        task.cancel()
        #expect(try await bench.commands().map(\.causedBy) == ["m-2"])
        #expect(try await bench.deadLetters().isEmpty)
        await bench.remove()
    }

    @Test("what was to be published of the person is gone from the store, to the last byte")
    func outbox() async throws {
        let bench = try Workbench(rules: Self.rules)
        let store = try bench.store()
        let command = Command(
            id: "c",
            destination: "mail",
            rule: "r",
            identifier: Self.ada,
            causedBy: "m",
            payload: ["to": "ada@example.com"],
            createdAt: Self.word.time,
            notAfter: Self.word.time
        )
        var other = command
        (other.id, other.identifier, other.payload) = ("d", Identifier("email", "bob@example.com"), ["to": "b"])
        let status = PartitionStatus(
            partition: Partition(topic: Topic.changes, name: "profile"),
            epoch: try await bench.epoch(),
            first: 0,
            head: 1,
            bytes: 0
        )
        let batch = HandledBatch(
            partition: status.partition,
            epoch: status.epoch,
            from: 0,
            next: 1,
            commands: [command, other],
            time: Self.word.time
        )
        try await store.commit(batch)
        try await store.forget([PersonTraces(identifiers: [Self.ada], profileIDs: [], rules: Rules())])
        #expect(try await store.nextBatch(limit: 10)?.records.count == 1)
        let bytes = ["", "-wal", "-shm"].reduce(into: Data()) { bytes, ending in
            bytes += FileManager.default.contents(atPath: "\(bench.directory)/notifier.sqlite\(ending)") ?? Data()
        }
        #expect(bytes.range(of: Data("ada@example.com".utf8)) == nil)
        #expect(bytes.range(of: Data("bob@example.com".utf8)) != nil)
        await bench.remove()
    }
}

extension Workbench {
    /// The epoch of some partition.
    fileprivate func epoch() async throws -> LogEpoch {
        _ = try await world.append([Record(value: [], timestamp: 0)], to: Topic.control)
        return try #require(try await world.partitions(of: Topic.control).first?.epoch)
    }
}
