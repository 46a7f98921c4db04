public import MessageLog
import Synchronization

/// A log that lives and dies with its process, for tests of what uses one.
///
/// It keeps the same promises as the others but durability.
public final class InMemoryLog: MessageLog {
    private struct State {
        var isClosed = false
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private let storage: MemoryStorage
    private let producer: String?
    private let state = Mutex(State())

    /// An empty log for one producer.
    public init(producer: String? = "test") {
        self.producer = producer
        storage = MemoryStorage()
    }

    private init(producer: String?, storage: MemoryStorage) {
        self.producer = producer
        self.storage = storage
    }

    /// The same log, for another producer, or for readers.
    public func shared(with producer: String?) -> InMemoryLog {
        InMemoryLog(producer: producer, storage: storage)
    }

    /// Adds the records to this producer’s lane; see ``MessageLog``.
    public func append(
        _ records: [Record],
        to topic: String,
        sequence: UInt64?
    ) async throws(MessageLogError) -> Appended {
        let partition = try lane(of: topic)
        return storage.change(partition) { $0.append(records, sequence: sequence, now: MemoryStorage.now) }
    }

    /// The last sequence in this producer’s lane.
    public func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        let partition = try lane(of: topic)
        return storage.view { $0.lanes[partition]?.lastSequence ?? 0 }
    }

    /// The topic’s lanes.
    public func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try check(topic)
        return storage.view { $0.statuses(of: topic) }
    }

    /// Reads a lane of any producer.
    public func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        try check(partition.topic)
        guard let lane = storage.view({ $0.lanes[partition] }) else { throw .noSuchPartition(partition) }
        return try lane.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    /// Yields when a lane of these topics has grown or appeared.
    public func news(of topics: [String]) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        storage.add(continuation, for: Set(topics))
        return stream
    }

    /// Notes a consumer’s progress.
    public func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError) {
        try check(topic)
        try Self.check(name: consumer)
        storage.note(progress, of: consumer, in: topic, now: MemoryStorage.now)
    }

    /// The consumers that noted progress.
    public func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        try check(topic)
        return storage.view { $0.consumers[topic, default: [:]].values.sorted { $0.name < $1.name } }
    }

    /// Removes what exceeds the policy.
    public func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError) {
        try check(topic)
        storage.retain(policy, in: topic, now: now)
    }

    /// Replaces records of this producer’s lane; see ``MessageLog``.
    public func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        let partition = try lane(of: topic)
        guard storage.view({ $0.lanes[partition] }) != nil else { return 0 }
        return storage.change(partition) { $0.rewrite(partition, at: offsets, replacement) }
    }

    /// Returns when the log is closed: memory does not fail.
    public func failure() async throws(MessageLogError) {
        let (end, continuation) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            if state.isClosed { continuation.finish() } else { state.waiting.append(continuation) }
        }
        for await _ in end {}
    }

    /// Finishes what is under way and lets go of everything.
    public func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    private func lane(of topic: String) throws(MessageLogError) -> Partition {
        guard let producer else { throw .readOnly }
        try Self.check(name: producer)
        try check(topic)
        return Partition(topic: topic, name: producer)
    }

    private func check(_ topic: String) throws(MessageLogError) {
        try Self.check(name: topic)
        guard !state.withLock({ $0.isClosed }) else { throw .closed }
    }

    /// Refuses what may not be a topic, producer or consumer, as the log in files does.
    private static func check(name: String) throws(MessageLogError) {
        guard name != "consumers", Partition.isName(name) else { throw .invalidName(name) }
    }
}
