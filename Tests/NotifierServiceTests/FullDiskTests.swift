import Membership
import MessageLog
import ServiceKit
import Store
import Synchronization
import TestKit
import Testing
import Topics

@testable import NotifierService

@Suite("A notifier without room")
struct FullDiskTests {
    private static let rules = """
        rules:
          - name: thanks
            on: {event: Order Completed}
            to: mail
            email:
              subject: Thank you
              text: Dear {{profile.traits.name}}
        """

    @Test("waits for its store, and goes on once there is some", .timeLimit(.minutes(5)))
    func store() async throws {
        let name = String(repeating: "A", count: 100_000)
        let profile = #"""
            {"id":"p","traits":{"name":"\#(name)"},"identifiers":[
            {"namespace":"email","value":"ada@example.com","lastSeen":"2026-01-02T00:00:00Z","shared":false}]}
            """#
        let bench = try Workbench(rules: Self.rules, profiles: AnsweringProfiles([.json(profile)]))
        let store = try bench.store()
        // SQLite says the same as when the disk is full.
        try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1") }
        try await bench.happens("1")
        async let settled: Void = bench.settle(in: store)
        while !store.room.isAwaited { try await Task.sleep(for: .milliseconds(10)) }
        try await store.write { _ = try $0.rows("PRAGMA max_page_count = 1000000") }
        try await settled
        #expect(try await bench.commands().map(\.causedBy) == ["1"])
        await bench.remove()
    }

    /// A log that has no room for the first note.
    private final class NarrowLog: WrappedLog {
        let log = InMemoryLog()
        private let isFull = Atomic(true)

        func record(
            progress: [Partition: Offset],
            of consumer: String,
            in topic: String
        ) async throws(MessageLogError) {
            if isFull.exchange(false, ordering: .relaxed) { throw .full }
            try await log.record(progress: progress, of: consumer, in: topic)
        }
    }

    @Test("waits for the log to note how far it has come")
    func note() async throws {
        let log = NarrowLog()
        _ = try await log.append([Record(value: [1], timestamp: 0)], to: "changes", sequence: nil)
        let partition = try #require(try await log.partitions(of: "changes").first?.partition)
        try await log.note(progress: [partition: 1], of: "notifier", in: "changes", WaitNotice(.log))
        #expect(try await log.consumers(of: "changes").map(\.positions) == [[partition: 1]])
    }
}
