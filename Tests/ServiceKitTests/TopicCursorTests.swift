import MessageLog
import ServiceKit
import TestKit
import Testing

@Suite("A cursor of a topic")
struct TopicCursorTests {
    private let log = InMemoryLog()
    private let partition = Partition(topic: "changes", name: "test")

    private func append(_ count: Int) async throws {
        for number in 0..<count {
            _ = try await log.append([Record(value: [UInt8(number)], timestamp: 0)], to: "changes")
        }
    }

    @Test("goes on with the oldest record that retention has left")
    func oldest() async throws {
        try await append(10)
        try await log.record(progress: [partition: 6], of: "other", in: "changes")
        try await log.applyRetention(Retention(bytes: 0), to: "changes", now: 0)
        var cursor = TopicCursor(log: log, topic: "changes", positions: [partition: 2])
        #expect(try await cursor.next().map(\.offset) == [6, 7, 8, 9])
        #expect(cursor.positions == [partition: 10])
        #expect(cursor.hasMissed)
        #expect(try await cursor.next().isEmpty)
    }

    @Test("comes to each lane, also when others have more than it takes at a time")
    func lanes() async throws {
        for lane in ["connector", "ingest", "ingest-2"] {
            let records = (0..<6).map { Record(value: Array("\(lane)/\($0)".utf8), timestamp: 0) }
            _ = try await log.shared(with: lane).append(records, to: "changes")
        }
        var cursor = TopicCursor(log: log, topic: "changes")
        var read: [String] = []
        while case let records = try await cursor.next(maxRecords: 3), !records.isEmpty {
            read.append(String(decoding: try #require(records.first).record.value, as: UTF8.self))
        }
        #expect(read == ["connector/0", "ingest/0", "ingest-2/0", "connector/3", "ingest/3", "ingest-2/3"])
    }

    @Test("knows whether retention was faster, also in a partition that was new to it")
    func missed() async throws {
        try await append(10)
        try await log.record(progress: [partition: 6], of: "other", in: "changes")
        try await log.applyRetention(Retention(bytes: 0), to: "changes", now: 0)
        var whole = TopicCursor(log: log, topic: "changes", positions: [partition: 6])
        #expect(try await whole.next(maxRecords: 2).map(\.offset) == [6, 7])
        #expect(try await whole.next().map(\.offset) == [8, 9])
        #expect(!whole.hasMissed)
        var new = TopicCursor(log: log, topic: "changes")
        #expect(try await new.next().map(\.offset) == [6, 7, 8, 9])
        #expect(new.hasMissed)
    }

    @Test("reads what is left when the place was removed meanwhile")
    func removedMeanwhile() async throws {
        try await append(10)
        try await log.record(progress: [partition: 6], of: "other", in: "changes")
        try await log.applyRetention(Retention(bytes: 0), to: "changes", now: 0)
        let records = try await log.readKept(partition, from: 1, maxRecords: 2, maxBytes: .max)
        #expect(records.map(\.offset) == [6, 7])
        await #expect(throws: MessageLogError.offsetAhead(head: 10)) {
            try await log.readKept(partition, from: 11, maxRecords: 1, maxBytes: 1)
        }
    }
}
