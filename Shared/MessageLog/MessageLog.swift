/// Topics of records that stay: what the services say to each other, and the source of truth.
///
/// - A topic is a set of partitions; a partition is an append-only sequence of records with consecutive offsets.
/// - An append is all or nothing. Once it returns, its records survive a crash of the process and of the machine.
/// - Records of one producer stay in the order in which their appends were made. There is no order between partitions.
/// - Readers, in any process, see a record only once it is durable; delivery is at least once, so a consumer keeps its
///   offset in its own store, in the transaction that changes its state.
/// - Damage is an error; it is never stepped over.
/// - What a record says changes only when its producer rewrites it; its offset, sequence and time never do.
public protocol MessageLog: Sendable {
    /// Adds the records behind each other and returns once they are durable.
    ///
    /// - Parameters:
    ///   - records: What to add, all or nothing. None at all writes nothing.
    ///   - topic: Where to; it is made if there is no such topic yet.
    ///   - sequence: The producer's number of this append in this topic, from 1 and strictly growing. If it is not
    ///     above the last one stored, nothing is written and the answer is ``Appended/duplicate``; so a repeated append
    ///     has one effect.
    /// - Returns: The offset of the first record.
    func append(_ records: [Record], to topic: String, sequence: UInt64?) async throws(MessageLogError) -> Appended

    /// The last sequence this producer stored in the topic; 0 if none.
    func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64

    /// The topic's partitions in the order of their names; none if there is no such topic.
    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus]

    /// The records from `offset` on, in order, up to the durable head.
    ///
    /// At most `maxRecords`, and as many as fit `maxBytes` of keys, values and headers, but at least one if there is
    /// one. At the head the answer is empty; above it the error is ``MessageLogError/offsetAhead(head:)``.
    func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord]

    /// Yields once at the start, and then whenever a partition of these topics has grown or appeared, in any process.
    ///
    /// News coalesce: one element may stand for many appends, so read to the head after each.
    func news(of topics: [String]) -> AsyncStream<Void>

    /// Notes how far a consumer has come, for its lag to be seen and for retention to wait for it.
    ///
    /// Positions of partitions not named stay as they were. This is not the offset that makes effects exactly-once:
    /// that one is in the consumer's own store.
    func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError)

    /// The consumers that have noted progress in the topic, in the order of their names.
    func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus]

    /// Removes the oldest records that exceed the policy, in whole segments.
    ///
    /// Never what a consumer of the topic has still to read, and never the segment being written. A consumer that has
    /// no position in a partition has all of it still to read.
    func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError)

    /// Replaces keys, values and headers of records in this producer's own partition of the topic, such as those of a
    /// person to be erased.
    ///
    /// - Offsets, order, sequences and times stay; consumers go on where they were.
    /// - Once it returns, no file of the log holds anything of the former records, whatever happens to the machine.
    /// - Every record whose append was under way before the call is taken into account; those of later ones may be.
    /// - Appends go on meanwhile, and so do readers in any process: they see the old or the new record, whole.
    /// - When it throws (the storage is full, the log is closed, the task is cancelled), each record is still the old or
    ///   the new one. Called again with the same arguments it finishes; what was rewritten before does not count again.
    ///
    /// - Parameters:
    ///   - topic: The topic of this producer's partition; if there is none, nothing is done.
    ///   - offsets: The records to look at. It reads no more than the segments that hold them, so that many offsets at
    ///     once cost little more than one.
    ///   - replacement: Asked for each of these records that is still stored, in order and maybe more than once; returns
    ///     what to put in its place, or nil to keep it as it is. The time of its answer is ignored.
    /// - Returns: How many records are others than before.
    func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int

    /// Throws once the log can take no more appends because a sync failed; the process must stop then.
    ///
    /// Returns when the log is closed or the task is cancelled.
    func failure() async throws(MessageLogError)

    /// Answers whoever waits for servers to acknowledge an append, with ``MessageLogError/unavailable(reason:)``.
    func dismissWaiting() async

    /// Finishes the appends under way and releases everything; later calls throw ``MessageLogError/closed``.
    func close() async

    /// Does the same, for as long as it has; appends that no server has acknowledged by then throw ``MessageLogError/closed``.
    func close(by deadline: ContinuousClock.Instant) async
}

/// What became of an append.
public enum Appended: Sendable, Equatable {
    /// The records are stored; the first one has this offset.
    case at(Offset)
    /// The sequence was stored before; nothing was written.
    case duplicate
}

extension MessageLog {
    /// Adds the records without a sequence.
    public func append(_ records: [Record], to topic: String) async throws(MessageLogError) -> Appended {
        try await append(records, to: topic, sequence: nil)
    }

    /// Looks at every record of this producer's partition of the topic, and replaces those for which there is an answer.
    public func rewrite(
        _ topic: String,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        try await rewrite(topic, at: RangeSet(0..<Offset.max), replacement)
    }

    /// Looks at single records of this producer's partition of the topic, and replaces those for which there is an answer.
    public func rewrite(
        _ topic: String,
        at offsets: some Sequence<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        try await rewrite(topic, at: RangeSet(offsets.map { $0..<$0 + 1 }), replacement)
    }
}
