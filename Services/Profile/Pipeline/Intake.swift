import Events
import Logging
import MessageLog
import ServiceKit
import Store
import Topics

/// Takes what is on the log into a store, batch by batch; the store in use and one that is being rebuilt are both fed so.
///
/// - A batch is one transaction: its effects, the position on the log, and what is to be told (the outbox). So every event has its
///   effect once, however often a process is killed.
/// - A record that cannot be read, that kills the process, or that the store never takes, is refused.
/// - While one batch is written, the next is read and decoded (``BatchReader``).
/// - It belongs to one actor, which alone calls it.
final class Intake {
    /// How much a batch may have; more shares the costs of a transaction, and takes longer to show.
    struct Limits: Sendable {
        var records = 16384
        var bytes = 16 << 20
    }

    let store: any BatchStore
    /// How far the store has come, by the names of partitions.
    private(set) var positions: [String: ConsumedPosition] = [:]
    /// The last sequence that a committed row of the outbox has.
    private(set) var sequence: UInt64 = 0
    /// The outbox's rows up to this are on the log.
    var published: UInt64 = 0
    /// The outbox's rows up to this are gone.
    private var removed: UInt64 = 0

    private let log: any MessageLog
    private var decoder: EventDecoder
    private let mark: InFlightMark
    private let limits: Limits
    private let logger: Logger
    /// Whether records that retention has removed are passed over, and not an error.
    private let passesOverGaps: Bool
    private let makeWriter: (Outbox, any SQLConnection) throws -> BatchWriter
    private var writer: BatchWriter?
    /// What is suspected; `nil` until it was looked for, which is done at a start and after a refusal.
    private var quarantine: Quarantine?
    /// How many records in a row were condemned with nothing taken in.
    private var condemned = 0
    /// The partition at which the last batch failed, until that is got past.
    private var trapped: String?
    /// Records that have ended a process before.
    private let poison: Set<RecordPlace>
    private let reader: BatchReader
    /// What was read and decoded while the last batch was being written.
    private var ahead: DecodedBatch?

    init(
        log: any MessageLog,
        store: any BatchStore,
        settings: PipelineSettings,
        mark: InFlightMark,
        limits: Limits = Limits(),
        poison: Set<RecordPlace> = [],
        logger: Logger
    ) {
        self.log = log
        self.store = store
        self.mark = mark
        self.limits = limits
        self.poison = poison
        self.logger = logger
        reader = BatchReader(log: log)
        passesOverGaps = settings.passesOverGaps
        decoder = EventDecoder(
            rules: settings.rules,
            hash: settings.hash,
            now: settings.now,
            trapOn: settings.trapOn
        )
        makeWriter = { outbox, db in try BatchWriter(settings, outbox: outbox, in: db) }
    }

    // MARK: - Starting

    /// Checks that the store and the log belong together, and looks for what may have ended the last process.
    func start(patience: Duration, isolation: isolated (any Actor)? = #isolation) async throws {
        writer = nil
        ahead = nil
        lookForPoison()
        positions = try await store.read { try ConsumedPosition.all(in: $0) }
        _ = try await positions.partitions(on: log, patience: patience)
    }

    private func lookForPoison() {
        guard quarantine == nil else { return }
        quarantine = Quarantine(after: mark)
        trapped = mark.traps > 0 ? mark.place?.partition : nil
        guard let partition = quarantine?.partition else { return }
        logger.error("A record keeps ending the process; looking for it", metadata: ["log.partition": "\(partition)"])
    }

    /// Is ready for batches from now on; what they want to tell is numbered from behind the sequence on.
    func open(after sequence: UInt64) throws {
        self.sequence = sequence
        writer = try store.write { try makeWriter(Outbox(after: sequence), $0) }
    }

    var isOpen: Bool { writer != nil }

    /// Whether the next batch is at hand.
    var isAhead: Bool { ahead != nil }

    /// Begins partitions under the numbers that another store has given them, so that places in timelines stay the same.
    func begin(as others: [String: ConsumedPosition], at statuses: [PartitionStatus]) throws {
        for status in statuses where positions[status.partition.name] == nil {
            guard let other = others[status.partition.name] else { continue }
            _ = try begin(status, as: other.id)
        }
    }

    // MARK: - Batches

    /// Takes in the next records of a partition, none from the bound on; `nil` if there are none.
    func takeBatch(
        of status: PartitionStatus,
        below bound: Offset = .max,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> BatchOutcome? {
        let partition = status.partition
        let position = try positions[partition.name] ?? begin(status)
        let end = min(bound, status.head)
        guard position.offset < end else { return nil }
        let first = passesOverGaps ? max(position.offset, status.first) : position.offset
        guard first < end else {
            let nothing = DecodedBatch(partition: partition, range: position.offset..<end, by: decoder.hash)
            return try await commit(nothing, from: position)
        }
        guard let batch = try await nextBatch(of: partition, from: first, behind: position.offset, below: end) else {
            return nil
        }
        mark.begin(
            InFlightMark.Place(partition: partition.name, offset: first, count: Int(batch.range.upperBound - first))
        )
        let outcome = try await noting(batch) { try await commit(batch, from: position, readingUpTo: end) }
        mark.end()
        if quarantine?.condemned != nil { condemned += 1 }
        if outcome.events > 0 { condemned = 0 }
        tell(of: batch)
        // That others' batches end well says nothing of where the last process died.
        if trapped == nil || trapped == partition.name {
            mark.traps = quarantine?.traps(of: partition.name, at: outcome.position.offset) ?? 0
            if mark.traps == 0 { trapped = nil }
        }
        return outcome
    }

    /// Notes it when a batch is at fault: the next start looks for the record, so that those behind it are not held up for ever.
    ///
    /// Where the store takes nothing at all, no record is at fault.
    private func noting<Outcome>(
        _ batch: DecodedBatch,
        isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Outcome
    ) async throws -> Outcome {
        do {
            return try await work()
        } catch {
            guard BatchAtFault.isMeant(by: error), !batch.events.isEmpty, condemned < Quarantine.patience else {
                throw error
            }
            mark.noteRefusal()
            quarantine = nil
            throw BatchAtFault(cause: error)
        }
    }

    /// Writes a batch, and reads the one behind it meanwhile if it is there.
    private func commit(
        _ batch: DecodedBatch,
        from position: ConsumedPosition,
        readingUpTo end: Offset,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> BatchOutcome {
        guard let request = request(behind: batch, below: end) else { return try await commit(batch, from: position) }
        let reader = reader
        async let following = reader.batch(request)
        let outcome = try await commit(batch, from: position)
        ahead = await following
        return outcome
    }

    /// What to read ahead.
    ///
    /// Nothing as long as the last process's trap is not got past: then it must be known of each trap whether it was in reading or
    /// in writing. Nothing either if there is a batch of another partition.
    private func request(behind batch: DecodedBatch, below end: Offset) -> BatchRequest? {
        guard trapped == nil, ahead == nil, batch.range.upperBound < end else { return nil }
        return BatchRequest(
            partition: batch.partition,
            range: batch.range.upperBound..<end,
            limits: limits,
            poison: poison,
            decoder: decoder
        )
    }

    /// The batch that was read ahead, or else one that is read now.
    private func nextBatch(
        of partition: Partition,
        from first: Offset,
        behind offset: Offset,
        below end: Offset,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> DecodedBatch? {
        if let batch = takeAhead(of: partition, from: offset, below: end) { return batch }
        let limit = (quarantine ?? Quarantine()).limit(of: partition.name, from: first, otherwise: limits.records)
        let most = min(limit, Int(clamping: end - first))
        let read = passesOverGaps ? log.readKept : log.read
        let records = try await read(partition, first, most, limits.bytes)
        guard let last = records.last else { return nil }
        mark.begin(InFlightMark.Place(partition: partition.name, offset: first, count: records.count))
        return decode(records, of: partition, range: offset..<last.offset + 1)
    }

    private func takeAhead(of partition: Partition, from offset: Offset, below end: Offset) -> DecodedBatch? {
        guard let batch = ahead, batch.partition == partition else { return nil }
        ahead = nil
        return batch.range.lowerBound == offset && batch.range.upperBound <= end ? batch : nil
    }

    /// A line for each event, for whoever follows a request through the services.
    private func tell(of batch: DecodedBatch) {
        guard logger.logLevel <= .debug else { return }
        for event in batch.events {
            let trace = event.trace.flatMap { TraceContext($0) }
            logger.debug(
                "Took in an event",
                metadata: [
                    "trace.id": "\(trace?.traceID ?? "")", "log.partition": "\(batch.partition)",
                    "log.offset": "\(event.offset)",
                ]
            )
        }
    }

    private func begin(_ status: PartitionStatus, as id: Int64? = nil) throws -> ConsumedPosition {
        let position = try change {
            try ConsumedPosition.begin(status.partition, epoch: status.epoch, at: status.first, as: id, in: $0)
        }
        positions[status.partition.name] = position
        return position
    }

    private func decode(_ records: [StoredRecord], of partition: Partition, range: Range<Offset>) -> DecodedBatch {
        let records = RecordPlace.passing(records, of: partition, by: poison)
        let condemned = quarantine?.condemned(of: partition.name)
        let (events, refused) = decoder.decode(records, condemned: condemned) { offset in mark.decoding = offset }
        mark.decoding = nil
        return DecodedBatch(partition: partition, range: range, events: events, refused: refused, by: decoder.hash)
    }

    private func commit(
        _ batch: DecodedBatch,
        from position: ConsumedPosition,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> BatchOutcome {
        if let writer { try store.prepare { try writer.prepare(batch, in: $0) } }
        let outcome = try await lookingBack { writer, archive, db in
            try writer.write(batch, from: position, published: published, archive: archive, in: db)
        }
        noteCommitted(outcome.appends)
        positions[batch.partition.name] = outcome.position
        return outcome
    }

    /// Makes a transaction; one that finds that it must look at earlier events again is made again with those.
    private func lookingBack<Outcome>(
        isolation: isolated (any Actor)? = #isolation,
        _ transaction: (BatchWriter, EventArchive, any SQLConnection) throws -> Outcome
    ) async throws -> Outcome {
        var archive = EventArchive()
        while true {
            do {
                return try write { try transaction($0, archive, $1) }
            } catch let needed as NeededEvents {
                try await archive.fetch(needed, from: log, partitions: positions.names, decoder: decoder)
                try open(after: sequence)
            }
        }
    }

    private func write<Outcome>(_ transaction: (BatchWriter, any SQLConnection) throws -> Outcome) throws -> Outcome {
        guard let writer else { throw PipelineError.damagedStore("The intake was not opened.") }
        return try change { try transaction(writer, $0) }
    }

    /// Makes a transaction; when it fails this is closed until the next start.
    ///
    /// It may have been made all the same, as where the server was lost at its end. Until that was looked up nobody is to go by what
    /// is known here, and put another store in place of one that still has something to tell.
    private func change<Outcome>(_ body: (any SQLConnection) throws -> Outcome) throws -> Outcome {
        do {
            return try store.write(body)
        } catch {
            writer = nil
            throw error
        }
    }

    /// Each transaction removes what is on the log from the outbox, and adds what it has to tell.
    private func noteCommitted(_ appends: [Outbox.Append]) {
        removed = published
        sequence = appends.last?.sequence ?? sequence
    }

    // MARK: - What people decided

    /// Brings the store up to date with what people decided, in one transaction; `nil` if it is.
    func adopt(_ book: ControlBook) throws -> AdoptionOutcome? {
        let outcome = try write { try $0.adopt(book, published: published, in: $1) }
        if let outcome { noteCommitted(outcome.appends) }
        return outcome
    }

    /// Takes nothing in from now on that is of somebody who is to be forgotten.
    func suppress(_ suppressed: SuppressedEvents?) {
        decoder.suppressed = suppressed
        ahead = nil
    }

    /// Takes people out of the store, in one transaction; `nil` if all of them are out of it already.
    ///
    /// - Parameter lifted: Since when they may be known again, by the ids of the suppressions that were lifted already.
    func forget(
        _ suppressions: [Suppression],
        lifted: [String: Timestamp],
        key: SuppressionKey,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> AdoptionOutcome? {
        let outcome = try await lookingBack { writer, archive, db in
            try writer.forget(
                suppressions,
                lifted: lifted,
                key: key,
                decoder: decoder,
                archive: archive,
                published: published,
                in: db
            )
        }
        if let outcome { noteCommitted(outcome.appends) }
        return outcome
    }

    /// Whether everything is taken in up to some heads of partitions, by their names.
    func hasReached(_ heads: [String: Offset]) -> Bool {
        heads.allSatisfy { name, head in head == 0 || (positions[name]?.offset ?? 0) >= head }
    }

    // MARK: - The outbox

    /// Removes from the outbox what is on the log.
    func forgetPublished() throws {
        guard removed < published else { return }
        try change { try Outbox.remove(upTo: published, in: $0) }
        removed = published
    }
}
