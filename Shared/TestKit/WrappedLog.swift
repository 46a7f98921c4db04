public import MessageLog

/// A log that does as another one, but for what it says itself.
public protocol WrappedLog: MessageLog {
    /// The other one.
    var log: InMemoryLog { get }
}

extension WrappedLog {
    /// Appends to the other log.
    public func append(
        _ records: [Record],
        to topic: String,
        sequence: UInt64?
    ) async throws(MessageLogError) -> Appended {
        try await log.append(records, to: topic, sequence: sequence)
    }

    /// The last sequence in the other log.
    public func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        try await log.lastSequence(of: topic)
    }

    /// The partitions of the other log.
    public func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try await log.partitions(of: topic)
    }

    /// Reads the other log.
    public func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        try await log.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    /// What is new on the other log.
    public func news(of topics: [String]) -> AsyncStream<Void> { log.news(of: topics) }

    /// Notes a consumer’s progress on the other log.
    public func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError) {
        try await log.record(progress: progress, of: consumer, in: topic)
    }

    /// The consumers of the other log.
    public func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        try await log.consumers(of: topic)
    }

    /// Removes from the other log what exceeds the policy.
    public func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError) {
        try await log.applyRetention(policy, to: topic, now: now)
    }

    /// Rewrites records of the other log.
    public func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        try await log.rewrite(topic, at: offsets, replacement)
    }

    /// Throws when the other log fails.
    public func failure() async throws(MessageLogError) {
        try await log.failure()
    }

    /// Closes the other log.
    public func close() async {
        await log.close()
    }
}
