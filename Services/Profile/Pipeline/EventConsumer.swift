import Events
import GRDB
import Identity
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import Topics

/// Takes in topic `events`, and tells on `changes` what became of profiles.
///
/// - A batch is one transaction: its effects, the position on the log, and what is to be told (the outbox). So every event has its
///   effect once, however often a process is killed.
/// - What a process could not tell any more, the next one tells first. The log drops what it already has.
/// - A record that cannot be read, or that kills the process, goes to `dead-letters`.
actor EventConsumer: Service {
    /// How much a batch may have; more shares the costs of a transaction, and takes longer to show.
    struct Limits: Sendable {
        var records = 8192
        var bytes = 8 << 20
        /// How often other processes are told how far this one has come.
        var progressInterval: Duration = .seconds(1)
        /// How long a start waits for partitions whose producers have not opened them again yet.
        var patience: Duration = .seconds(30)
    }

    nonisolated let executor = BlockingExecutor("kith.profile.consumer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let log: any MessageLog
    private let store: Store
    private let decoder: EventDecoder
    private let mark: InFlightMark
    private let name: String
    private let limits: Limits
    private let readiness: Readiness?
    private let logger: Logger
    private let metrics = PipelineMetrics()

    private let makeWriter: @Sendable (Outbox, Database) throws -> BatchWriter
    private var writer: BatchWriter?
    private var positions: [String: ConsumedPosition] = [:]
    private var quarantine = Quarantine()
    /// The outbox's rows up to this are on the log.
    private var published: UInt64 = 0
    private var removed: UInt64 = 0
    /// The last sequence that a committed row of the outbox has.
    private var sequence: UInt64 = 0
    private var lastProgress: ContinuousClock.Instant?

    init(
        log: any MessageLog,
        store: Store,
        settings: PipelineSettings,
        name: String = "profile",
        limits: Limits = Limits(),
        readiness: Readiness? = nil,
        logger: Logger
    ) throws {
        self.log = log
        self.store = store
        self.name = name
        self.limits = limits
        self.readiness = readiness
        self.logger = logger
        mark = try InFlightMark(path: settings.markPath)
        decoder = EventDecoder(
            rules: settings.rules,
            hash: settings.hash,
            now: settings.now,
            trapOn: settings.trapOn
        )
        makeWriter = { outbox, db in
            try BatchWriter(
                rules: settings.rules,
                hash: settings.hash,
                outbox: outbox,
                cacheCapacity: settings.cacheCapacity,
                now: settings.now,
                in: db
            )
        }
        readiness?.set("store", false)
    }

    /// Takes in what comes until the service is to stop.
    func run() async throws {
        mark.watchTraps()
        try await cancelWhenGracefulShutdown { try await self.consume() }
    }

    /// A full disk is waited for: queries are answered meanwhile, and the batch that failed has changed nothing.
    private func consume() async throws {
        while !Task.isCancelled {
            do {
                try await start()
                readiness?.set("store", true)
                return try await follow()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                logger.warning("The store's disk is full; waiting", metadata: ["error": "\(error.resultCode)"])
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func follow() async throws {
        for await _ in log.news(of: [Topic.events]) {
            if Task.isCancelled { break }
            try await drain()
        }
    }

    // MARK: - Starting

    /// Checks that the store and the log belong together, and tells what is still to be told.
    func start() async throws {
        quarantine = Quarantine(after: mark)
        if let partition = quarantine.partition {
            logger.error(
                "A record keeps ending the process; looking for it",
                metadata: ["log.partition": "\(partition)"]
            )
        }
        positions = try read { try ConsumedPosition.all(in: $0) }
        let taken = positions.map { (Partition(topic: Topic.events, name: $0), $1.offset) }
        let present = try await log.partitions(
            of: Topic.events,
            reaching: Dictionary(uniqueKeysWithValues: taken),
            patience: limits.patience
        )
        for (name, position) in positions {
            guard let status = present.first(where: { $0.partition.name == name }) else {
                throw PipelineError.lostPartition("\(Topic.events)/\(name)")
            }
            try position.check(against: status)
        }
        try await tellWaiting()
    }

    private func tellWaiting() async throws {
        let (waiting, last) = try read { (try Outbox.waiting(in: $0), try Outbox.lastSequence(in: $0)) }
        try await publish(waiting)
        sequence = last
        for topic in [Topic.changes, Topic.deadLetters] {
            sequence = max(sequence, try await log.lastSequence(of: topic))
        }
        try open(Outbox(after: sequence))
    }

    private func open(_ outbox: Outbox) throws {
        writer = try store.write { try makeWriter(outbox, $0) }
    }

    private func read<Value>(_ query: (Database) throws -> Value) throws -> Value {
        try store.read(query)
    }

    // MARK: - Batches

    /// Takes in everything that is on the log.
    func drain() async throws {
        var isBehind = true
        while isBehind, !Task.isCancelled {
            isBehind = false
            for status in try await log.partitions(of: Topic.events) where try await takeBatch(of: status) {
                isBehind = true
                await tellProgress(whenDue: true)
            }
        }
        if removed < published { try forget() }
        await tellProgress(whenDue: false)
    }

    /// Takes in the next records of a partition; `false` if there are none.
    private func takeBatch(of status: PartitionStatus) async throws -> Bool {
        let position = try position(in: status)
        let partition = status.partition
        guard position.offset < status.head else { return false }
        let limit = quarantine.limit(of: partition.name, from: position.offset, otherwise: limits.records)
        let records = try await log.read(partition, from: position.offset, maxRecords: limit, maxBytes: limits.bytes)
        guard let last = records.last else { return false }
        let start = ContinuousClock.now
        mark.begin(
            InFlightMark.Place(partition: partition.name, offset: position.offset, count: records.count)
        )
        let batch = decode(records, of: partition, range: position.offset..<last.offset + 1)
        let outcome = try await commit(batch, from: position)
        mark.end()
        mark.traps = quarantine.traps(of: partition.name, at: outcome.position.offset)
        positions[partition.name] = outcome.position
        try await publish(outcome.appends)
        metrics.note(outcome, duration: ContinuousClock.now - start)
        return true
    }

    private func position(in status: PartitionStatus) throws -> ConsumedPosition {
        if let position = positions[status.partition.name] { return position }
        let position = try store.write {
            try ConsumedPosition.begin(status.partition, epoch: status.epoch, at: status.first, in: $0)
        }
        positions[status.partition.name] = position
        return position
    }

    private func decode(_ records: [StoredRecord], of partition: Partition, range: Range<Offset>) -> DecodedBatch {
        let (events, refused) = decoder.decode(records, condemned: quarantine.condemned(of: partition.name)) { offset in
            mark.decoding = offset
        }
        mark.decoding = nil
        if !refused.isEmpty {
            logger.warning(
                "Records went to the dead letters",
                metadata: ["log.partition": "\(partition)", "records.count": "\(refused.count)"]
            )
        }
        return DecodedBatch(partition: partition, range: range, events: events, refused: refused)
    }

    /// Commits a batch; a transaction that finds that it must look at earlier events again is made again with those.
    private func commit(_ batch: DecodedBatch, from position: ConsumedPosition) async throws -> BatchOutcome {
        var archive = EventArchive()
        while true {
            do {
                return try commit(batch, from: position, archive)
            } catch let needed as NeededEvents {
                let names = Dictionary(uniqueKeysWithValues: positions.map { ($0.value.id, $0.key) })
                try await archive.fetch(needed, from: log, partitions: names, decoder: decoder)
                try open(Outbox(after: sequence))
            }
        }
    }

    private func commit(
        _ batch: DecodedBatch,
        from position: ConsumedPosition,
        _ archive: EventArchive
    ) throws -> BatchOutcome {
        guard let writer else { throw PipelineError.damagedStore("The consumer was not started.") }
        let outcome = try store.write { db in
            try writer.write(batch, from: position, published: published, archive: archive, in: db)
        }
        removed = published
        sequence = outcome.appends.last?.sequence ?? sequence
        return outcome
    }

    // MARK: - Telling

    /// Puts appends on the log, as long as it takes: while its disk is full, nothing more is taken in.
    private func publish(_ appends: [Outbox.Append]) async throws {
        for append in appends {
            while try await !put(append) { try await Task.sleep(for: .milliseconds(500)) }
            published = append.sequence
        }
    }

    private func put(_ append: Outbox.Append) async throws -> Bool {
        do throws(MessageLogError) {
            _ = try await log.append(append.records, to: append.topic, sequence: append.sequence)
            return true
        } catch {
            switch error {
            case .full, .overloaded:
                logger.warning("The log takes no more; waiting", metadata: ["error": "\(error)"])
                return false
            default: throw error
            }
        }
    }

    /// Removes from the outbox what is on the log.
    private func forget() throws {
        try store.write { try Outbox.remove(upTo: published, in: $0) }
        removed = published
    }

    /// Notes on the log how far this consumer has come; nothing depends on it but what others see.
    private func tellProgress(whenDue: Bool) async {
        let now = ContinuousClock.now
        if whenDue, let lastProgress, now - lastProgress < limits.progressInterval { return }
        lastProgress = now
        let progress = positions.map { (Partition(topic: Topic.events, name: $0.key), $0.value.offset) }
        do throws(MessageLogError) {
            try await log.record(
                progress: Dictionary(uniqueKeysWithValues: progress),
                of: name,
                in: Topic.events
            )
        } catch {
            logger.warning("The progress could not be noted", metadata: ["error": "\(error)"])
        }
    }
}
