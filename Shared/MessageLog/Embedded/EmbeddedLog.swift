/// The log as files on one machine, shared by its processes without a server.
///
/// Each producer has a lane of its own in every topic: segment files that it alone appends to, under a lock. Readers,
/// in this process or another, only read, up to the lane's durable head. `docs/formats.md` specifies every byte.
public final class EmbeddedLog: MessageLog {
    /// What this producer does in a topic.
    private struct OwnLane {
        var writer: LaneWriter
        var rewriter: LaneRewriter
    }

    private let root: String
    private let options: EmbeddedLogOptions
    private let fileSystem: any FileSystem
    /// Answers what is asked.
    private let catalog: Catalog
    /// Does what waits for the disk; nobody who asks shall wait for that.
    private let caretaker: Catalog
    private let wakeups: Wakeups?
    private let alarm = FailureAlarm()
    private let open: OpenLanes<OwnLane, LaneReader>

    /// Opens the log, and repairs the end of every lane of this producer.
    ///
    /// - Parameters:
    ///   - directory: The log's own directory, which holds one directory for each topic; it is made if it is not there.
    ///   - producer: The name under which to append; nil to read only. One process at a time may use a name.
    ///   - options: Limits.
    public convenience init(
        directory: String,
        producer: String?,
        options: EmbeddedLogOptions = EmbeddedLogOptions()
    ) throws(MessageLogError) {
        let files = POSIXFileSystem()
        try logged { () throws(FileError) in try files.makeDirectory(directory) }
        try self.init(
            directory: directory,
            producer: producer,
            options: options,
            fileSystem: files,
            wakeups: Wakeups(root: directory, fileSystem: files)
        )
    }

    init(
        directory: String,
        producer: String?,
        options: EmbeddedLogOptions,
        fileSystem: any FileSystem,
        wakeups: Wakeups?
    ) throws(MessageLogError) {
        if let producer { try LanePaths.check(producer) }
        root = directory
        open = OpenLanes(producer: producer)
        self.options = options
        self.fileSystem = fileSystem
        self.wakeups = wakeups
        catalog = Catalog(root: directory, fileSystem: fileSystem)
        caretaker = Catalog(root: directory, fileSystem: fileSystem)
        try openLanes()
    }

    /// Adds the records to this producer’s lane; see ``MessageLog``.
    public func append(
        _ records: [Record],
        to topic: String,
        sequence: UInt64?
    ) async throws(MessageLogError) -> Appended {
        let writer = try lane(of: topic).writer
        guard !records.isEmpty else { return .at(try await writer.position().head) }
        return try await writer.append(records, sequence: sequence)
    }

    /// The last sequence in this producer’s lane.
    public func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        try await lane(of: topic).writer.position().lastSequence
    }

    /// The topic’s lanes.
    public func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try open.check(topic)
        return try await catalog.partitions(of: topic)
    }

    /// Reads a lane of any producer.
    public func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        try await reader(of: partition).read(from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    /// Yields when a lane of these topics has grown or appeared.
    public func news(of topics: [String]) -> AsyncStream<Void> {
        wakeups?.news(of: topics.filter { Partition.isName($0) }) ?? AsyncStream { $0.finish() }
    }

    /// Notes a consumer’s progress.
    public func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError) {
        try open.check(topic)
        try LanePaths.check(consumer)
        try await caretaker.record(progress: progress, of: consumer, in: topic, now: WallClock.microseconds())
    }

    /// The consumers that noted progress.
    public func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        try open.check(topic)
        return try await catalog.consumers(of: topic)
    }

    /// Removes what exceeds the policy.
    public func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError) {
        try open.check(topic)
        try await caretaker.applyRetention(policy, to: topic, now: now)
    }

    /// Replaces records of this producer’s lane; see ``MessageLog``.
    public func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        let rewriter = try lane(of: topic).rewriter
        guard try hasLane(in: topic) else { return 0 }
        let partition = try open.partition(of: topic)
        return try await rewriter.run(Rewrite(partition: partition, offsets: offsets, replacement: replacement))
    }

    /// Throws when a sync has failed.
    public func failure() async throws(MessageLogError) {
        try await alarm.wait()
    }

    /// Finishes what is under way and lets go of everything.
    public func close() async {
        for lane in open.close() {
            await lane.rewriter.stop()
            await lane.writer.close()
        }
        await wakeups?.close()
        alarm.close()
    }
}

extension EmbeddedLog {
    /// Whether a copy of a lane's file `head` can be opened: one that was made while a mark was written may have half of it.
    public static func isWhole(head bytes: [UInt8]) -> Bool {
        (try? HeadFile.mark(in: bytes, path: "")) != nil
    }

    /// Repairs and shows what an earlier process of this producer left behind, before anybody appends.
    private func openLanes() throws(MessageLogError) {
        guard open.producer != nil else { return }
        let (fileSystem, root) = (fileSystem, root)
        let topics = try logged { () throws(FileError) in try fileSystem.list(root) }
        for topic in topics where Partition.isName(topic) {
            if try hasLane(in: topic) { try lane(of: topic).writer.openNow() }
        }
    }

    /// Whether this producer has ever written to the topic.
    private func hasLane(in topic: String) throws(MessageLogError) -> Bool {
        guard let producer = open.producer else { return false }
        return try names(in: "\(root)/\(topic)").contains(producer)
    }

    private func names(in directory: String) throws(MessageLogError) -> [String] {
        do { return try fileSystem.list(directory) } catch {
            if error.isMissing { return [] }
            throw MessageLogError(error)
        }
    }

    private func lane(of topic: String) throws(MessageLogError) -> OwnLane {
        let partition = try open.partition(of: topic)
        return open.lane(of: topic) {
            let writer = LaneWriter(
                partition: partition,
                root: root,
                fileSystem: fileSystem,
                options: options,
                alarm: alarm
            )
            let rewriter = LaneRewriter(writer: writer, root: root, fileSystem: fileSystem, options: options)
            return OwnLane(writer: writer, rewriter: rewriter)
        }
    }

    private func reader(of partition: Partition) throws(MessageLogError) -> LaneReader {
        try open.reader(of: partition) { LaneReader(partition: partition, root: root, fileSystem: fileSystem) }
    }
}
