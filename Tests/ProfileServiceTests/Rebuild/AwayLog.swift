import MessageLog
import Synchronization

/// A log whose servers do not answer the first questions for its partitions.
final class AwayLog: MessageLog {
    private let log: InMemoryLog
    private let left: Mutex<Int>

    init(_ log: InMemoryLog, for questions: Int = .max) {
        self.log = log
        left = Mutex(questions)
    }

    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        let isAway = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard !isAway else { throw .unavailable(reason: "No NATS server answered in time.") }
        return try await log.partitions(of: topic)
    }

    func append(_ records: [Record], to topic: String, sequence: UInt64?) async throws(MessageLogError) -> Appended {
        try await log.append(records, to: topic, sequence: sequence)
    }

    func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        try await log.lastSequence(of: topic)
    }

    func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        try await log.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    func news(of topics: [String]) -> AsyncStream<Void> { log.news(of: topics) }

    func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError) {
        try await log.record(progress: progress, of: consumer, in: topic)
    }

    func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        try await log.consumers(of: topic)
    }

    func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError) {
        try await log.applyRetention(policy, to: topic, now: now)
    }

    func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        try await log.rewrite(topic, at: offsets, replacement)
    }

    func failure() async throws(MessageLogError) {
        try await log.failure()
    }

    func close() async {
        await log.close()
    }
}
