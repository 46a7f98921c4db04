public import MessageLog

/// A place in every partition of a topic, moving forward as records are read.
public struct TopicCursor: Sendable {
    private let log: any MessageLog
    private let topic: String
    /// The next offset to read of each partition; partitions not named start at their first record.
    public private(set) var positions: [Partition: Offset]
    /// The partition that was read last; the others come before it again, or a busy one would keep them from being read.
    private var last: String?
    /// Whether retention has removed records before this came to them; of a partition not named these are all from its first on.
    public private(set) var hasMissed = false

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
        let statuses = try await log.partitions(of: topic)
        let next = statuses.firstIndex { $0.partition.name > last ?? "" } ?? 0
        for status in statuses[next...] + statuses[..<next] {
            let place = positions[status.partition] ?? 0
            let offset = max(place, status.first)
            if offset > place { hasMissed = true }
            guard offset < status.head else { continue }
            let records = try await log.readKept(
                status.partition,
                from: offset,
                maxRecords: maxRecords,
                maxBytes: maxBytes
            )
            guard let first = records.first, let newest = records.last else { continue }
            if first.offset > offset { hasMissed = true }
            positions[status.partition] = newest.offset + 1
            last = status.partition.name
            return records
        }
        return []
    }
}
