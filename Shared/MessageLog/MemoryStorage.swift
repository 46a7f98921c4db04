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
        let bytes = entries.reduce(0) { $0 + $1.record.contentBytes }
        return PartitionStatus(partition: partition, epoch: epoch, first: first, head: head, bytes: bytes)
    }

    func read(_ request: ReadRequest) throws(MessageLogError) -> [StoredRecord] {
        var request = request
        guard request.next >= first else { throw .offsetGone(first: first) }
        guard request.next <= head else { throw .offsetAhead(head: head) }
        while !request.isSatisfied, request.next < head {
            request.add(entries[Int(request.next - first)].record)
        }
        return request.found
    }

    /// Replaces records, and says how many.
    mutating func apply(_ rewrite: Rewrite) -> Int {
        var count = 0
        for index in entries.indices {
            let offset = first + Offset(index)
            guard let record = rewrite.replacement(of: entries[index].record, at: offset) else { continue }
            entries[index].record = record
            count += 1
        }
        return count
    }

    mutating func retain(_ policy: Retention, readUpTo read: Offset, now: Int64) {
        var bytes = entries.reduce(0) { $0 + $1.record.contentBytes }
        while entries.count > 1, first < read {
            let isOld = policy.age.map { entries[0].written < now - $0 } ?? false
            let isTooMuch = policy.bytes.map { bytes > $0 } ?? false
            guard isOld || isTooMuch else { return }
            bytes -= entries.removeFirst().record.contentBytes
            first += 1
        }
    }
}
