import Events
import Identity
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import Topics

/// Takes in topic `events` and what people decided on `control`, and tells on `changes` what became of profiles.
///
/// - How batches are taken in is for ``Intake`` to say.
/// - What a process could not tell any more, the next one tells first. The log drops what it already has.
/// - A record that cannot be read, that kills the process, or that the store never takes, goes to `dead-letters`.
actor EventConsumer: Service {
    /// How much a batch may have, and how often and how long to wait.
    struct Limits: Sendable {
        var batch = Intake.Limits()
        /// How often other processes are told how far this one has come.
        var progressInterval: Duration = .seconds(1)
        /// How long a start waits for partitions whose producers have not opened them again yet.
        var patience: Duration = .seconds(30)
        /// How many people are taken out of the store together at most: all of their events are in memory then.
        var people = 1000
    }

    nonisolated let executor = BlockingExecutor("kith.profile.consumer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let log: any MessageLog
    private let mark: InFlightMark
    private let name: String
    private let limits: Limits
    private let readiness: Readiness?
    private let logger: Logger
    private let metrics = PipelineMetrics()
    private let patientLog: PatientLog
    /// Who has it may take in a batch, or put another store in place of this one.
    private let turn = Turn()
    private let inEffect: BookInEffect
    /// Is told up to where `control` is in effect.
    private let noteAdopted: @Sendable ([Partition: Offset]) async throws -> Void
    private var settings: PipelineSettings
    private var intake: Intake
    private let control: ControlReader
    /// How far events are to be taken in before somebody is forgotten, by partition, for each suppression.
    private var due: [String: [String: Offset]] = [:]
    /// Whom this process has forgotten.
    private var forgotten: Set<String> = []
    private var lastProgress: ContinuousClock.Instant?
    /// What is committed and not told yet: it is told while the next batch is taken in, if that is at hand.
    private var untold: [Outbox.Append] = []
    /// How far all that came of the events is on the log, by the names of partitions.
    private var told: [String: ConsumedPosition] = [:]

    init(
        log: any MessageLog,
        store: any BatchStore,
        settings: PipelineSettings,
        name: String = "profile",
        limits: Limits = Limits(),
        inEffect: BookInEffect = BookInEffect(),
        noteAdopted: @escaping @Sendable ([Partition: Offset]) async throws -> Void = { _ in },
        readiness: Readiness? = nil,
        logger: Logger
    ) throws {
        self.log = log
        self.settings = settings
        self.name = name
        self.limits = limits
        self.readiness = readiness
        self.inEffect = inEffect
        self.noteAdopted = noteAdopted
        self.logger = logger
        control = ControlReader(log: log)
        patientLog = PatientLog(log: log, notice: settings.logNotice, metrics: metrics, logger: logger)
        mark = try InFlightMark(path: settings.markPath)
        intake = Intake(
            log: log,
            store: store,
            settings: settings,
            mark: mark,
            limits: limits.batch,
            logger: logger
        )
        readiness?.set("store", false)
    }

    /// Takes in what comes until the service is to stop.
    func run() async throws {
        mark.watchTraps()
        try await cancelWhenGracefulShutdown { try await self.consume() }
    }

    /// Waits for a full disk: queries are answered meanwhile, and the batch that failed has changed nothing.
    ///
    /// One that can never be written is made smaller each time it is tried, until the record at fault is known.
    private func consume() async throws {
        while !Task.isCancelled {
            do {
                try await start()
                readiness?.set("store", true)
                await wipeWhatWasLeft()
                return try await follow()
            } catch  where SQLFailure.isPassing(error) {
                settings.storeNotice.waits(forStore: error, logger: logger)
                try await Task.sleep(for: .milliseconds(500))
            } catch let fault as BatchAtFault {
                logger.error("Looking for a record that cannot be taken in", metadata: ["error": "\(fault)"])
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func follow() async throws {
        for await _ in log.news(of: [Topic.events, Topic.control]) {
            if Task.isCancelled { break }
            try await drain()
        }
    }

    // MARK: - Starting

    /// Checks that the store and the log belong together, and tells what is still to be told.
    func start() async throws {
        try await alone { try await begin() }
    }

    private func begin() async throws {
        try await intake.start(patience: limits.patience)
        untold = []
        try await tellWaiting()
        told = intake.positions
        var sequence = try await intake.store.read { try Outbox.lastSequence(in: $0) }
        for topic in [Topic.changes, Topic.deadLetters, Topic.control] {
            sequence = max(sequence, try await log.lastSequence(of: topic))
        }
        try intake.open(after: sequence)
        _ = try await control.readToHead()
        try await adopt()
    }

    /// There may be more than should be in memory at once, after a rebuild.
    private func tellWaiting() async throws {
        var last: UInt64 = 0
        while let append = try waiting(after: last) {
            try await publish([append])
            last = append.sequence
        }
    }

    private func waiting(after sequence: UInt64) throws -> Outbox.Append? {
        try intake.store.read { try Outbox.next(after: sequence, in: $0) }
    }

    // MARK: - What people decided

    /// What is known of it.
    var book: ControlBook { control.book }

    private func adoptNews() async throws {
        try await alone {
            if !intake.isOpen {
                try await begin()
            } else if try await control.readToHead() {
                try await adopt()
            }
            guard !due.isEmpty else { return }
            let ready = waiting.filter { suppression in due[suppression.id].map { intake.hasReached($0) } ?? false }
            for start in stride(from: 0, to: ready.count, by: limits.people) {
                try await forget(Array(ready[start...].prefix(limits.people)))
            }
        }
    }

    private func adopt() async throws {
        try await tell()
        // The log may still say it after a restart.
        control.strip(by: settings.rules) { $0.forgotten != nil || forgotten.contains($0.suppression.id) }
        let book = control.book
        suppress()
        if let outcome = try intake.adopt(book) { try await publish(outcome.appends) }
        inEffect.note(book)
        try await noteAdopted(control.positions)
        let new = waiting.filter { due[$0.id] == nil }
        guard !new.isEmpty else { return }
        // What was on the log when it was asked for is still taken in: who did what on a shared device is known by it.
        let statuses = try await log.partitions(of: Topic.events)
        let heads = Dictionary(uniqueKeysWithValues: statuses.map { ($0.partition.name, $0.head) })
        for suppression in new { due[suppression.id] = heads }
    }

    private func suppress() {
        let book = control.book
        let rules = settings.rules
        intake.suppress(
            settings.suppressionKey.flatMap { SuppressedEvents(book, forgotten: forgotten, key: $0, rules: rules) }
        )
    }

    /// Who is to be forgotten, and is not.
    private var waiting: [Suppression] {
        control.book.erasures.values
            .filter { $0.forgotten == nil && !$0.suppression.identifiers.isEmpty }
            .map(\.suppression).filter { !forgotten.contains($0.id) }.sorted { $0.id < $1.id }
    }

    /// Takes people out of the store; what is left of them on the disk goes by ``wipe()``.
    private func forget(_ people: [Suppression]) async throws {
        guard let key = settings.suppressionKey, !people.isEmpty else { return }
        try await tell()
        let withdrawals = control.book.withdrawals
        let lifted = people.compactMap { person in withdrawals[person.id].map { (person.id, $0.word.time) } }
        let outcome = try await intake.forget(people, lifted: Dictionary(lifted) { $1 }, key: key)
        forgotten.formUnion(people.map(\.id))
        for suppression in people { due[suppression.id] = nil }
        suppress()
        guard let outcome else { return }
        try await publish(outcome.appends)
        // It says who they are, and is to be gone from the file as well.
        try intake.forgetPublished()
        logger.notice("Forgot people", metadata: ["suppression.ids": "\(people.map(\.id))"])
        // Whoever has the next turn, such as a rebuild, is to know of it; and what was decided of them goes.
        _ = try await control.readToHead()
        try await adopt()
    }

    /// Does at the start what an erasure may have been told of that this was not done for.
    private func wipeWhatWasLeft() async {
        do {
            try await wipe()
        } catch {
            logger.warning("The store could not be cleaned yet", metadata: ["error": "\(error)"])
        }
    }

    /// Leaves nothing on the disk of whom the store has forgotten, even if the last process did not come to it.
    ///
    /// Nothing is taken in meanwhile. Where there is no room for it, it has to be tried again.
    func wipe() async throws {
        try await alone {
            guard try await intake.store.read({ try Meta.bytes(Meta.wipe, in: $0) }) != nil else { return }
            try await intake.store.wipe()
            try await intake.store.write { try Meta.remove(Meta.wipe, in: $0) }
        }
    }

    // MARK: - Batches

    /// Takes in everything that is on the log.
    func drain() async throws {
        try await adoptNews()
        var isBehind = true
        while isBehind, !Task.isCancelled {
            isBehind = false
            for status in try await log.partitions(of: Topic.events) where try await takeBatch(of: status) {
                isBehind = true
                await tellProgress(whenDue: true)
                try await adoptNews()
            }
        }
        try await forgetPublished()
        settings.storeNotice.goesOn(logger: logger)
        await tellProgress(whenDue: false)
    }

    /// Takes in the next records of a partition, and tells what became of it; `false` if there are none.
    private func takeBatch(of status: PartitionStatus) async throws -> Bool {
        try await alone {
            if !intake.isOpen { try await begin() }
            let start = ContinuousClock.now
            let taken = try await tellingMeanwhile { try await intake.takeBatch(of: status) }
            guard let outcome = taken else { return false }
            settings.storeNotice.goesOn(logger: logger)
            if outcome.refused > 0 {
                logger.warning(
                    "Records went to the dead letters",
                    metadata: ["log.partition": "\(status.partition)", "records.count": "\(outcome.refused)"]
                )
            }
            untold = outcome.appends
            if !intake.isAhead { try await tell() }
            metrics.note(outcome, duration: ContinuousClock.now - start)
            return true
        }
    }

    private func forgetPublished() async throws {
        try await alone {
            try await tell()
            try intake.forgetPublished()
        }
    }

    // MARK: - Another store

    /// Does something that nothing else is done beside, unless it is cancelled before its turn comes.
    private func alone<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        try await turn.held(orThrow: CancellationError() as any Error, work)
    }

    /// Waits between two batches while somebody works, and goes on with the store that he made, if he made one.
    ///
    /// Meanwhile the store stands still, and everything that it had to tell is on the log.
    ///
    /// - Parameter work: Is given the last sequence that was used on the log.
    func handOver(_ work: @Sendable (_ sequence: UInt64) async throws -> LiveStore?) async throws {
        while try await !alone({ try await handOverIfOpen(work) }) {
            // It has not started yet, or waits for room on its disk.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether somebody could work, and has.
    private func handOverIfOpen(
        _ work: @Sendable (_ sequence: UInt64) async throws -> LiveStore?
    ) async throws -> Bool {
        guard intake.isOpen else { return false }
        try await tell()
        guard let live = try await work(intake.sequence) else { return true }
        settings.rules = live.rules.rules
        settings.hash = live.hash
        intake = Intake(
            log: log,
            store: live.store,
            settings: settings,
            mark: mark,
            limits: limits.batch,
            logger: logger
        )
        do {
            try await begin()
        } catch {
            // The store is in use all the same: the next batch tries again.
            logger.warning("The rebuilt store could not be opened at once", metadata: ["error": "\(error)"])
        }
        return true
    }

    // MARK: - Telling

    /// Tells what is not told yet.
    private func tell() async throws {
        try await publish(untold)
        untold = []
        told = intake.positions
    }

    /// Does something while what is not told yet is told.
    private func tellingMeanwhile<Outcome>(_ work: () async throws -> Outcome) async throws -> Outcome {
        let (appends, positions, patientLog) = (untold, intake.positions, patientLog)
        async let telling: Void = patientLog.put(appends)
        let outcome = try await work()
        try await telling
        told = positions
        intake.published = max(intake.published, appends.last?.sequence ?? 0)
        untold = []
        return outcome
    }

    private func publish(_ appends: [Outbox.Append]) async throws {
        try await patientLog.put(appends)
        intake.published = max(intake.published, appends.last?.sequence ?? 0)
    }

    /// Notes on the log how far this consumer has come, once what came of it is there as well: retention relies on that.
    private func tellProgress(whenDue: Bool) async {
        let now = ContinuousClock.now
        if whenDue, let lastProgress, now - lastProgress < limits.progressInterval { return }
        lastProgress = now
        let progress = told.map { (Partition(topic: Topic.events, name: $0.key), $0.value.offset) }
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
