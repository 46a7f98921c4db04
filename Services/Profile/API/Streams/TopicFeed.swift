import Events
import MessageLog

/// Where a stream of records begins.
enum StreamStart: Equatable, Sendable {
    /// With what comes from now on.
    case head
    /// With the oldest record kept.
    case first
    /// Behind what was seen before.
    case after(Positions)
}

/// The records of a topic from a place on, partition by partition, as they come.
struct TopicFeed: Sendable {
    /// A batch of records, and the ones that retention had removed before they could be read.
    struct Batch: Sendable {
        var records: [StoredRecord] = []
        var missed: UInt64 = 0
    }

    let topic: String
    /// What to read next in each partition; in new partitions, the first record.
    private(set) var positions: Positions
    /// The partition that was read last; the others come before it again, or a busy one would keep them from being read.
    private var last: String?
    private let log: any MessageLog

    init(log: any MessageLog, topic: String, start: StreamStart) async throws(MessageLogError) {
        self.log = log
        self.topic = topic
        switch start {
        case .after(let positions): self.positions = positions
        case .first: positions = Positions(try await log.partitions(of: topic), at: \.first)
        case .head: positions = Positions(try await log.partitions(of: topic), at: \.head)
        }
    }

    /// Whether it goes on beyond the newest record, which no reader of this log was told of.
    ///
    /// After a power cut a partition shows its end only once its owner is back: so long it is waited for.
    func isAhead(patience: Duration) async throws -> Bool {
        let places = positions.offsets.map { (Partition(topic: topic, name: $0.key), $0.value) }
        let reached = Dictionary(uniqueKeysWithValues: places)
        let statuses = try await log.partitions(of: topic, reaching: reached, patience: patience)
        return statuses.contains { (positions[$0.partition.name] ?? 0) > $0.head }
    }

    /// Returns as soon as there is news of the topic.
    var news: AsyncStream<Void> { log.news(of: [topic]) }

    /// The next records of one partition, at most so many; empty when there is nothing new.
    mutating func next(maxRecords: Int = 200) async throws(MessageLogError) -> Batch {
        let statuses = try await log.partitions(of: topic)
        let next = statuses.firstIndex { $0.partition.name > last ?? "" } ?? 0
        for status in statuses[next...] + statuses[..<next] {
            let wanted = positions[status.partition.name] ?? 0
            let from = max(wanted, status.first)
            guard from < status.head else { continue }
            let records = try await log.readKept(
                status.partition,
                from: from,
                maxRecords: maxRecords,
                maxBytes: 1 << 20
            )
            guard let first = records.first, let newest = records.last else { continue }
            positions[status.partition.name] = newest.offset + 1
            last = status.partition.name
            return Batch(records: records, missed: first.offset - wanted)
        }
        return Batch()
    }
}

extension Positions {
    fileprivate init(_ partitions: [PartitionStatus], at place: KeyPath<PartitionStatus, Offset>) {
        self.init(Dictionary(uniqueKeysWithValues: partitions.map { ($0.partition.name, $0[keyPath: place]) }))
    }
}
