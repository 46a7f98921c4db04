/// The log on NATS JetStream, shared by the processes of many machines.
///
/// Each producer has a partition of its own in every topic: a stream that it alone appends to. `docs/nats.md` says what the
/// servers must be set to, what is stored, and what is promised.
public final class NATSLog: MessageLog {
    /// What this producer does in a topic.
    private struct OwnLane {
        var writer: NATSLaneWriter
        var rewriter: NATSLaneRewriter
    }

    private let options: NATSLogOptions
    private let jetStream: JetStream
    /// The same, with the patience of readers.
    private let reading: JetStream
    private let news: NATSNews
    private let lease: ProducerLease?
    private let progress: ConsumerProgress
    private let marks: LowMarks
    private let alarm: FailureAlarm
    private let open: OpenLanes<OwnLane, NATSLaneReader>

    /// Connects, and takes the producer's lease.
    ///
    /// - Parameters:
    ///   - producer: The name under which to append; nil to read only. One process at a time may use a name; if one of the same name
    ///     has died on another machine, this waits until its lease is over.
    ///   - succeeds: Whether it is known by other means that another process of the name is to append no longer: its place is taken
    ///     at once, and it gets nothing stored any more.
    public static func open(
        _ options: NATSLogOptions,
        producer: String?,
        succeeds: Bool = false
    ) async throws(MessageLogError) -> NATSLog {
        if let producer { try LanePaths.check(producer) }
        let name = "kith \(producer ?? "reader")"
        let connection = try await NATSConnection.connect(to: options.servers, name: name, patience: options.patience)
        let log = NATSLog(connection, options, producer)
        do throws(MessageLogError) { try await log.start(succeeds: succeeds) } catch {
            await log.close()
            throw error
        }
        return log
    }

    private init(_ connection: NATSConnection, _ options: NATSLogOptions, _ producer: String?) {
        open = OpenLanes(producer: producer)
        self.options = options
        jetStream = JetStream(connection: connection, patience: options.patience)
        reading = JetStream(connection: connection, patience: options.readPatience)
        let (bucket, noted) = (Bucket(jetStream: jetStream), Bucket(jetStream: reading))
        let alarm = FailureAlarm()
        self.alarm = alarm
        news = NATSNews(connection: connection)
        progress = ConsumerProgress(bucket: noted)
        marks = LowMarks(bucket: noted)
        lease = producer.map { ProducerLease(of: $0, in: bucket, lasting: options.lease, alarm: alarm) }
    }

    /// The bytes of a message that every service's appends fit into.
    private static let leastPayload = 8 << 20

    private func start(succeeds: Bool) async throws(MessageLogError) {
        let payload = jetStream.connection.maxPayload
        guard lease == nil || payload >= Self.leastPayload else {
            throw .unsuitable(reason: "They take messages of at most \(payload) bytes; set their max_payload to 16MB.")
        }
        try await Bucket(jetStream: jetStream).create(replicas: options.replicas)
        try await lease?.acquire(isDue: succeeds)
    }

    /// Adds the records to this producer’s partition; see ``MessageLog``.
    public func append(
        _ records: [Record],
        to topic: String,
        sequence: UInt64?
    ) async throws(MessageLogError) -> Appended {
        let writer = try lane(of: topic).writer
        guard !records.isEmpty else { return .at(try await writer.position().head) }
        return try await writer.append(records, sequence: sequence)
    }

    /// The last sequence in this producer’s partition.
    public func lastSequence(of topic: String) async throws(MessageLogError) -> UInt64 {
        try await lane(of: topic).writer.position().lastSequence
    }

    /// The topic’s partitions.
    public func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        try open.check(topic)
        return try await statuses(of: try await names(of: topic))
    }

    /// Reads a partition of any producer.
    public func read(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        try await reader(of: partition).read(from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
    }

    /// Yields when a partition of these topics has grown or appeared.
    public func news(of topics: [String]) -> AsyncStream<Void> {
        news.news(of: topics.filter { Partition.isName($0) })
    }

    /// Notes a consumer’s progress.
    public func record(
        progress: [Partition: Offset],
        of consumer: String,
        in topic: String
    ) async throws(MessageLogError) {
        try open.check(topic)
        try LanePaths.check(consumer)
        try await self.progress.record(progress, of: consumer, in: topic, now: WallClock.microseconds())
    }

    /// The consumers that noted progress.
    public func consumers(of topic: String) async throws(MessageLogError) -> [ConsumerStatus] {
        try open.check(topic)
        return try await progress.consumers(of: topic)
    }

    /// Removes what exceeds the policy.
    public func applyRetention(_ policy: Retention, to topic: String, now: Int64) async throws(MessageLogError) {
        try open.check(topic)
        let consumers = try await progress.consumers(of: topic)
        for partition in try await names(of: topic) {
            let read = consumers.map { $0.positions[partition] ?? 0 }.min() ?? .max
            let retention = NATSRetention(
                streams: streams(of: partition),
                reader: try reader(of: partition),
                marks: marks
            )
            try await retention.apply(policy, readUpTo: read, now: now)
        }
    }

    /// Replaces records of this producer’s partition; see ``MessageLog``.
    public func rewrite(
        _ topic: String,
        at offsets: RangeSet<Offset>,
        _ replacement: @escaping @Sendable (StoredRecord) -> Record?
    ) async throws(MessageLogError) -> Int {
        let rewriter = try lane(of: topic).rewriter
        let partition = try open.partition(of: topic)
        guard try await streams(of: partition).info() != nil else { return 0 }
        return try await rewriter.run(Rewrite(partition: partition, offsets: offsets, replacement: replacement))
    }

    /// Throws when another process has taken this producer’s place, or the servers have lost what they acknowledged.
    public func failure() async throws(MessageLogError) {
        try await alarm.wait()
    }

    /// Answers whoever waits for an append that the servers have not acknowledged.
    public func dismissWaiting() async {
        for lane in open.lanes { await lane.writer.dismissWaiting() }
    }

    /// Finishes what is under way and lets go of everything, for as long as patience with the servers lasts.
    public func close() async {
        await close(by: .now + options.patience)
    }

    /// Finishes what is under way and lets go of everything until then; what is not acknowledged by then is given up.
    ///
    /// Without an answer of the servers its lease is not released either, and ends by itself.
    public func close(by deadline: ContinuousClock.Instant) async {
        let limit = Task { [connection = jetStream.connection] in
            try await Task.sleep(until: deadline)
            connection.abandon()
        }
        defer { limit.cancel() }
        await withDiscardingTaskGroup { group in
            for lane in open.close() {
                group.addTask {
                    await lane.rewriter.stop()
                    await lane.writer.close()
                }
            }
        }
        await lease?.release()
        news.close()
        await jetStream.connection.close(by: deadline)
        alarm.close()
    }
}

extension NATSLog {
    /// The partitions that the topic has, by their names.
    private func names(of topic: String) async throws(MessageLogError) -> [Partition] {
        do throws(JetStreamError) {
            let streams = try await reading.names(of: NATSNames.subjects(of: topic))
            return streams.compactMap { NATSNames.partition(of: topic, stream: $0) }.sorted()
        } catch {
            throw MessageLogError(error)
        }
    }

    /// Asks for all partitions at once; one that is not there any more is left out.
    private func statuses(of partitions: [Partition]) async throws(MessageLogError) -> [PartitionStatus] {
        let readers = try partitions.map { partition throws(MessageLogError) in try reader(of: partition) }
        let results = await withTaskGroup(of: (Int, Result<PartitionStatus?, MessageLogError>).self) { group in
            for (place, reader) in readers.enumerated() {
                group.addTask { (place, await Self.outcome(of: reader)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var statuses: [PartitionStatus] = []
        for place in readers.indices {
            if let status = try results[place]?.get() { statuses.append(status) }
        }
        return statuses
    }

    /// By itself: within a tuple, Swift 6.3's optimizer lost the place beside what is awaited in a `do throws`.
    private static func outcome(of reader: NATSLaneReader) async -> Result<PartitionStatus?, MessageLogError> {
        do throws(MessageLogError) { return .success(try await reader.status()) } catch { return .failure(error) }
    }

    private func lane(of topic: String) throws(MessageLogError) -> OwnLane {
        let partition = try open.partition(of: topic)
        let reader = try reader(of: partition)
        let streams = LaneStreams(names: NATSNames(partition: partition), jetStream: jetStream)
        let progress = ConsumerProgress(bucket: Bucket(jetStream: jetStream))
        return open.lane(of: topic) {
            let writer = NATSLaneWriter(
                streams: streams,
                progress: progress,
                options: options,
                alarm: alarm,
                lease: lease
            )
            return OwnLane(writer: writer, rewriter: NATSLaneRewriter(writer: writer, reader: reader))
        }
    }

    private func reader(of partition: Partition) throws(MessageLogError) -> NATSLaneReader {
        // One server has no others that could know more.
        let patience = options.replicas > 1 ? Duration.seconds(3) : .zero
        return try open.reader(of: partition) {
            NATSLaneReader(
                streams: streams(of: partition),
                marks: marks,
                replicas: options.replicas,
                patience: patience
            )
        }
    }

    private func streams(of partition: Partition) -> LaneStreams {
        LaneStreams(names: NATSNames(partition: partition), jetStream: reading)
    }
}
