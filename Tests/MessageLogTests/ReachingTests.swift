import MessageLog
import TestKit
import Testing

@Suite("A consumer that starts")
struct ReachingTests {
    private let log = InMemoryLog(producer: "ingest-1")
    private let partition = Partition(topic: "events", name: "ingest-1")

    @Test("waits for a partition that it has read from and that nobody knows of", arguments: [nil, Offset(1)])
    func patience(present head: Offset?) async throws {
        if head != nil { try await append() }
        let start = ContinuousClock.now
        let present = try await log.partitions(of: "events", reaching: [partition: 2], patience: .milliseconds(300))
        #expect(present.map(\.head) == (head.map { [$0] } ?? []))
        #expect(start.duration(to: .now) >= .milliseconds(300))
    }

    @Test("waits no longer than for the partition to show what it has read")
    func appearance() async throws {
        async let waiting = log.partitions(of: "events", reaching: [partition: 1], patience: .seconds(300))
        try await append()
        #expect(try await waiting.map(\.head) == [1])
    }

    @Test("does not wait for partitions of which it has not read anything yet")
    func nothingRead() async throws {
        try await append()
        #expect(try await log.partitions(of: "events", reaching: [:], patience: .seconds(300)).map(\.head) == [1])
    }

    private func append() async throws {
        _ = try await log.append([Record(value: [1], timestamp: 1)], to: "events")
    }
}
