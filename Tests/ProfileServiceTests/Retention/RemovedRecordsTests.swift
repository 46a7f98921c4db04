import Events
import MessageLog
import Testing
import Topics

@testable import ProfileService

/// What reads the log without being a consumer of it meets records that are gone.
@Suite("Reading what retention has left")
struct RemovedRecordsTests {
    private let log = InMemoryLog(producer: "profile")
    private let partition = Partition(topic: Topic.changes, name: "profile")

    private func append(_ count: Int) async throws {
        for number in 0..<count {
            _ = try await log.append([Record(value: [1], timestamp: Int64(number))], to: Topic.changes)
        }
    }

    private func remove(before offset: Offset) async throws {
        try await log.record(progress: [partition: offset], of: "notifier", in: Topic.changes)
        try await log.applyRetention(Retention(bytes: 0), to: Topic.changes, now: 0)
    }

    @Test("a stream from the start begins with the oldest record, and nothing is missing")
    func streamFromStart() async throws {
        try await append(10)
        try await remove(before: 4)
        var feed = try await TopicFeed(log: log, topic: Topic.changes, start: .first)
        let batch = try await feed.next()
        #expect(batch.records.map(\.offset) == [4, 5, 6, 7, 8, 9])
        #expect(batch.missed == 0)
    }

    @Test("a stream says how many records it missed")
    func streamWithGap() async throws {
        try await append(10)
        var feed = try await TopicFeed(log: log, topic: Topic.changes, start: .after(Positions(["profile": 1])))
        try await remove(before: 4)
        let batch = try await feed.next()
        #expect(batch.records.map(\.offset) == [4, 5, 6, 7, 8, 9])
        #expect(batch.missed == 3)
    }

    @Test("a walk back in time ends with the oldest record, also when older ones go meanwhile")
    func history() async throws {
        try await append(600)
        var history = try await TopicHistory(log: log, topic: Topic.changes, cursor: nil)
        #expect(try await history.next()?.offset == 599)
        try await remove(before: 200)
        var offsets: [Offset] = []
        while let record = try await history.next() { offsets.append(record.offset) }
        #expect(offsets == (200..<599).reversed())
    }

    @Test("a walk back in time ends when all that is left of it has gone")
    func historyOfNothing() async throws {
        try await append(600)
        var history = try await TopicHistory(log: log, topic: Topic.changes, cursor: Positions(["profile": 100]))
        try await remove(before: 200)
        #expect(try await history.next() == nil)
    }
}
