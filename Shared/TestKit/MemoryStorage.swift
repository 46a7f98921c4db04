import Glibc
import MessageLog
import Synchronization

/// What several in-memory logs of one storage share.
final class MemoryStorage: Sendable {
    struct Content: Sendable {
        var lanes: [Partition: MemoryLane] = [:]
        /// By topic, then by name.
        var consumers: [String: [String: ConsumerStatus]] = [:]
        fileprivate var listeners: [(topics: Set<String>, continuation: AsyncStream<Void>.Continuation)] = []
    }

    private let content = Mutex(Content())

    /// Microseconds since 1970 UTC.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    func view<Value: Sendable>(_ body: (Content) -> Value) -> Value {
        content.withLock { body($0) }
    }

    /// Changes a lane, which is made if there is none, and tells who listens.
    func change<Value: Sendable>(_ partition: Partition, _ body: (inout MemoryLane) -> Value) -> Value {
        content.withLock { content in
            let value = body(&content.lanes[partition, default: MemoryLane()])
            for listener in content.listeners where listener.topics.contains(partition.topic) {
                listener.continuation.yield()
            }
            return value
        }
    }

    func add(_ continuation: AsyncStream<Void>.Continuation, for topics: Set<String>) {
        content.withLock { $0.listeners.append((topics, continuation)) }
        continuation.yield()
    }

    func note(_ progress: [Partition: Offset], of consumer: String, in topic: String, now: Int64) {
        content.withLock { content in
            let before = content.consumers[topic]?[consumer]?.positions ?? [:]
            let positions = before.merging(progress) { _, new in new }
            content.consumers[topic, default: [:]][consumer] = ConsumerStatus(
                name: consumer,
                positions: positions,
                updated: now
            )
        }
    }

    func retain(_ policy: Retention, in topic: String, now: Int64) {
        content.withLock { content in
            let consumers = content.consumers[topic, default: [:]].values
            for partition in content.lanes.keys where partition.topic == topic {
                let read = consumers.map { $0.positions[partition] ?? 0 }.min() ?? .max
                content.lanes[partition]?.retain(policy, readUpTo: read, now: now)
            }
        }
    }
}

extension MemoryStorage.Content {
    func statuses(of topic: String) -> [PartitionStatus] {
        lanes.keys.filter { $0.topic == topic }.sorted().compactMap { lanes[$0]?.status(of: $0) }
    }
}

/// One partition in memory; its last record stands for the segment being written.
struct MemoryLane: Sendable {
    private struct Entry: Sendable {
        var record: Record
        var written: Int64

        /// The bytes of key, value and headers.
        var bytes: Int {
            record.headers.reduce(record.key.count + record.value.count) { $0 + $1.name.utf8.count + $1.value.count }
        }
    }

    private(set) var lastSequence: UInt64 = 0
    private let epoch = LogEpoch.random()
    private var first: Offset = 0
    private var entries: [Entry] = []

    private var head: Offset { first + Offset(entries.count) }

    mutating func append(_ records: [Record], sequence: UInt64?, now: Int64) -> Appended {
        if records.isEmpty { return .at(head) }
        if let sequence {
            guard sequence > lastSequence else { return .duplicate }
            lastSequence = sequence
        }
        defer { entries += records.map { Entry(record: $0, written: now) } }
        return .at(head)
    }

    func status(of partition: Partition) -> PartitionStatus {
        let bytes = entries.reduce(0) { $0 + $1.bytes }
        return PartitionStatus(partition: partition, epoch: epoch, first: first, head: head, bytes: bytes)
    }

    func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) throws(MessageLogError) -> [StoredRecord] {
        guard offset >= first else { throw .offsetGone(first: first) }
        guard offset <= head else { throw .offsetAhead(head: head) }
        var (found, left): ([StoredRecord], Int) = ([], maxBytes)
        for (place, entry) in zip(offset..., entries[Int(offset - first)...]) {
            guard found.count < maxRecords, found.isEmpty || entry.bytes <= left else { break }
            found.append(StoredRecord(partition: partition, offset: place, record: entry.record))
            left -= entry.bytes
        }
        return found
    }

    /// Replaces records, and says how many.
    mutating func rewrite(
        _ partition: Partition,
        at offsets: RangeSet<Offset>,
        _ replacement: (StoredRecord) -> Record?
    ) -> Int {
        var count = 0
        for (index, entry) in entries.enumerated() where offsets.contains(first + Offset(index)) {
            let stored = StoredRecord(partition: partition, offset: first + Offset(index), record: entry.record)
            guard var record = replacement(stored) else { continue }
            record.timestamp = entry.record.timestamp
            guard record != entry.record else { continue }
            entries[index].record = record
            count += 1
        }
        return count
    }

    mutating func retain(_ policy: Retention, readUpTo read: Offset, now: Int64) {
        var bytes = entries.reduce(0) { $0 + $1.bytes }
        while entries.count > 1, first < read {
            let isOld = policy.age.map { entries[0].written < now - $0 } ?? false
            let isTooMuch = policy.bytes.map { bytes > $0 } ?? false
            guard isOld || isTooMuch else { return }
            bytes -= entries.removeFirst().bytes
            first += 1
        }
    }
}
