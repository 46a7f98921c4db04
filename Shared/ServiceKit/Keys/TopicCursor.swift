public import MessageLog

/// A place in every partition of a topic, moving forward as records are read.
public struct TopicCursor: Sendable {
    private let log: any MessageLog
    private let topic: String
    /// The next offset to read of each partition; partitions not named start at their first record.
    public private(set) var positions: [Partition: Offset]

    /// Creates a cursor at the given positions.
    public init(log: any MessageLog, topic: String, positions: [Partition: Offset] = [:]) {
        self.log = log
        self.topic = topic
        self.positions = positions
    }

    /// The next records of one partition that has any, in order; empty when there is nothing new.
    public mutating func next(
        maxRecords: Int = 1000,
        maxBytes: Int = 4 << 20
    ) async throws(MessageLogError) -> [StoredRecord] {
        for status in try await log.partitions(of: topic) {
            let offset = max(positions[status.partition] ?? 0, status.first)
            guard offset < status.head else { continue }
            let records = try await log.readKept(
                status.partition,
                from: offset,
                maxRecords: maxRecords,
                maxBytes: maxBytes
            )
            guard let last = records.last else { continue }
            positions[status.partition] = last.offset + 1
            return records
        }
        return []
    }
}
