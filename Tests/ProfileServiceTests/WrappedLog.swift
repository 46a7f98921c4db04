import MessageLog

/// A log that does as another one, but for what it says itself.
protocol WrappedLog: MessageLog {
    var log: InMemoryLog { get }
}

extension WrappedLog {
    func append(_ records: [Record], to topic: String, sequence: UInt64?) async throws(MessageLogError) -> Appended {
        try await log.append(records, to: topic, sequence: sequence)
    }

    func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        try await log.lastSequence(of: topic)
    }

    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try await log.partitions(of: topic)
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
