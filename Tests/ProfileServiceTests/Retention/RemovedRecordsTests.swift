import Events
import MessageLog
import TestKit
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

    @Test("a stream that lags behind a busy lane hears of the others all the same")
    func streamOfSeveralLanes() async throws {
        for lane in ["profile", "profile-2", "profile-3"] {
            let records = (0..<6).map { Record(value: Array("\(lane)/\($0)".utf8), timestamp: 0) }
            _ = try await log.shared(with: lane).append(records, to: Topic.changes)
        }
        var feed = try await TopicFeed(log: log, topic: Topic.changes, start: .first)
        var heard: [String] = []
        while case let batch = try await feed.next(maxRecords: 3), !batch.records.isEmpty {
            heard.append(String(decoding: try #require(batch.records.first).record.value, as: UTF8.self))
        }
        let wanted = ["profile/0", "profile-2/0", "profile-3/0", "profile/3", "profile-2/3", "profile-3/3"]
        #expect(heard == wanted)
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
