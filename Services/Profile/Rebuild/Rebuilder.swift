import Events
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store
import Topics

/// Makes the store anew from the log, beside the one in use, and puts it in its place.
///
/// - The new store is fed by the same code as the one in use, up to where that one stands and no further; so what is told on
///   `changes` is only how profiles differ, and nothing is told twice.
/// - Profiles are compared while both stores move on. Those that change meanwhile are compared again; only for the last of them
///   the store in use stands still.
/// - Whenever the process is killed, the next one finds either the old store in use and goes on with the new one, or the new one.
actor Rebuilder: Service {
    nonisolated let executor = BlockingExecutor("kith.profile.rebuild")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Profiles that are compared in one transaction.
    private static let compared = 500
    /// With fewer profiles to compare again, the store in use may stand still for them.
    private static let few = 1000
    private static let rounds = 5

    /// What came of a rebuild, and when: both stores stood still then.
    private typealias Conclusion = (report: RebuildReport, time: Timestamp)

    private let log: any MessageLog
    private let places: any StorePlaces
    private let consumer: EventConsumer
    private let inUse: StoreInUse
    private let desk: RebuildDesk
    private let settings: PipelineSettings
    private let mark: InFlightMark
    private let logger: Logger
    private var live: LiveStore
    /// What the last process was rebuilding.
    private var unfinished: RebuildRequest?
    private var construction: Construction?
    private var conclusion: Conclusion?
    private var retired: [RetiredStore]
    /// The number of the oldest store that any process reads.
    private let oldestRead: @Sendable () async throws -> Int
    private var pace = Pace()

    init(
        log: any MessageLog,
        places: any StorePlaces,
        opened: OpenedStores,
        consumer: EventConsumer,
        inUse: StoreInUse,
        desk: RebuildDesk,
        settings: PipelineSettings,
        oldestRead: @escaping @Sendable () async throws -> Int = { .max },
        logger: Logger
    ) throws {
        self.log = log
        self.places = places
        self.consumer = consumer
        self.inUse = inUse
        self.desk = desk
        self.settings = settings
        self.logger = logger
        self.live = opened.live
        self.oldestRead = oldestRead
        retired = opened.former.sorted().map { RetiredStore(number: $0, store: nil) }
        mark = try InFlightMark(path: settings.markPath)
        // Known before anybody can ask.
        let live = opened.live
        if let status = try live.store.read({ try RebuildStatus.last(in: $0) }) { desk.recall(status) }
        let wanted = try live.store.read { try RebuildRequest.kept(in: $0) }
        if let number = opened.unfinished, wanted == nil || number != live.number + 1 {
            places.remove(number)
            retired.append(RetiredStore(number: number, store: nil, wasInUse: false))
        }
        unfinished = wanted
        if let wanted { desk.resume(wanted) }
    }

    /// Goes on with what the last process was at, and then does what is asked for until the service is to stop.
    func run() async throws {
        mark.watchTraps()
        do {
            try await cancelWhenGracefulShutdown { try await self.serve() }
        } catch is CancellationError {
            // Asked to stop: the next process goes on.
        }
    }

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    let pause: Duration = await self.sweep() ? .milliseconds(500) : .seconds(30)
                    try await Task.sleep(for: pause)
                }
            }
            try await resume()
            for await request in desk.requests { try await rebuild(request) }
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    /// Removes the stores that nobody reads any more; false when one cannot be removed yet, as while somebody copies it.
    @discardableResult
    func sweep() async -> Bool {
        guard !retired.isEmpty, let oldest = try? await oldestRead() else { return true }
        let unread = retired.filter { $0.isUnread(oldest) }.map(\.number)
        for number in unread { places.remove(number) }
        guard !unread.isEmpty, let left = try? places.numbers() else { return unread.isEmpty }
        retired.removeAll { !left.contains($0.number) }
        return left.isDisjoint(with: unread)
    }

    // MARK: - One rebuild

    private func resume() async throws {
        guard let request = unfinished else { return }
        unfinished = nil
        logger.notice("Going on with a rebuild", metadata: ["rebuild.dry_run": "\(request.isDryRun)"])
        try await perform(request) { try begun(request) }
    }

    private func rebuild(_ request: RebuildRequest) async throws {
        logger.notice("Rebuilding the store", metadata: ["rebuild.dry_run": "\(request.isDryRun)"])
        mark.end()
        mark.traps = 0
        try await perform(request) { try lay(request) }
    }

    /// Only the end of the process gets out of this: whatever else happens to a rebuild, the service goes on.
    private func perform(_ request: RebuildRequest, _ store: () throws -> any BatchStore) async throws {
        let number = live.number + 1
        retired.removeAll { $0.number == number }
        var outcome = await attempt(request, store, number)
        while case .failure(let error) = outcome, live.number != number {
            // Told to stop, it does not wait for a log that is away: that is no failure, and the next process goes on.
            if !(error is RebuildError) { try Task.checkCancellation() }
            if case RebuildError.overtaken = error {
                logger.notice("Somebody was forgotten; beginning the rebuild again")
                outcome = await attempt(request, { try lay(request) }, number)
            } else if SQLFailure.isOfAbsence(error) || (error as? MessageLogError)?.isPassing ?? false {
                logger.warning("Cannot go on with the rebuild yet", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
                outcome = await attempt(request, { try begun(request) }, number)
            } else {
                break
            }
        }
        if case .failure(let error) = outcome, error is CancellationError { throw error }
        if live.number != number, let error = try await discard(number) { outcome = .failure(error) }
        tell(outcome)
    }

    /// The store in use stays, and the next process is not to begin again.
    ///
    /// That is noted, however long the server is away or the disk full.
    private func discard(_ number: Int) async throws -> (any Error)? {
        var problem = try live.forgetRequest()
        while let error = problem, SQLFailure.isOfAbsence(error) || SQLFailure.isFull(error) {
            // What was made so far may be what takes the room.
            if SQLFailure.isFull(error) { places.remove(number) }
            try await Task.sleep(for: .seconds(1))
            problem = try live.forgetRequest()
        }
        places.remove(number)
        // Should it still be there, as while somebody copies it, it goes later.
        retired.append(RetiredStore(number: number, store: nil, wasInUse: false))
        return problem
    }

    private func lay(_ request: RebuildRequest) throws -> any BatchStore {
        try Construction.lay(request, at: live.number + 1, in: places, secret: live.secret())
    }

    /// What was made so far, or else a beginning.
    private func begun(_ request: RebuildRequest) throws -> any BatchStore {
        try desk.check()
        if let store = try unfinishedStore(for: request) { return store }
        return try lay(request)
    }

    /// The store that was begun for a request, if this process can go on with it.
    private func unfinishedStore(for request: RebuildRequest) throws -> (any BatchStore)? {
        let store = try places.open(live.number + 1, for: .construction)
        return try Construction.request(of: store, secret: live.secret()) == request ? store : nil
    }

    private func attempt(
        _ request: RebuildRequest,
        _ store: () throws -> any BatchStore,
        _ number: Int
    ) async -> Result<Conclusion, any Error> {
        defer {
            construction = nil
            conclusion = nil
        }
        do {
            return .success(try await build(request, in: try store(), number))
        } catch {
            return .failure(error)
        }
    }

    private func tell(_ outcome: Result<Conclusion, any Error>) {
        switch outcome {
        case .success(let (report, time)):
            logger.notice("Rebuilt the store", metadata: ["rebuild.profiles": "\(report.counts.after)"])
            desk.finish(report, at: time)
        case .failure(RebuildError.aborted):
            logger.notice("The rebuild was ended by request")
            desk.fail(nil, at: settings.now())
        case .failure(let error):
            let problem = SQLFailure.description(of: error)
            logger.error("The rebuild failed", metadata: ["error": "\(problem)"])
            desk.fail(problem, at: settings.now())
        }
    }

    private func build(_ request: RebuildRequest, in store: any BatchStore, _ number: Int) async throws -> Conclusion {
        try desk.note(.reading)
        // Once the store in use has found all that it knows on the log, so will this one.
        try await desk.whileWanted { [consumer] in try await consumer.handOver { _ in nil } }
        let construction = try Construction(
            request,
            in: store,
            number: number,
            log: log,
            settings: settings,
            mark: mark,
            poison: try await Poison.records(on: log),
            inEffect: desk.inEffect,
            logger: logger
        )
        self.construction = construction
        try await construction.intake.start(patience: .zero)
        try construction.intake.open(after: 0)
        try await catchUp(construction, yields: true)
        try await compareAll(construction)
        for _ in 0..<Self.rounds {
            try await catchUp(construction, yields: true)
            if try await compareTouched(construction) < Self.few { break }
        }
        return try await conclude()
    }

    // MARK: - Taking in

    /// Takes in what the store in use has taken in, but for so many records; while that one goes on, nearly all of it.
    private func catchUp(_ construction: Construction, yields: Bool, leaving few: Int64 = 0) async throws {
        try construction.adopt(await consumer.book)
        while true {
            let bounds = try await live.store.read { try ConsumedPosition.all(in: $0) }
            let statuses = try await log.partitions(of: Topic.events)
            try construction.noteRemoved(statuses)
            try construction.intake.begin(as: bounds, at: statuses)
            let progress = progress(of: construction, bounds, statuses)
            // As long as new ones keep coming there are always some.
            let left = progress.total - progress.done
            if yields ? pace.isClose(left) : left <= few { return }
            if yields, pace.isLosing {
                try await gain(leaving: left / 2)
                continue
            }
            var isBehind = false
            for status in statuses {
                guard let bound = bounds[status.partition.name]?.offset else { continue }
                let start = ContinuousClock.now
                guard let outcome = try await construction.takeBatch(of: status, below: bound) else { continue }
                isBehind = true
                try construction.note(outcome)
                try Task.checkCancellation()
                let duration = ContinuousClock.now - start
                if yields { try await rest(after: duration, outcome, construction, bounds, statuses) }
            }
            if !isBehind { return }
        }
    }

    /// Takes in a part of what is left while the store in use stands still: it would get ahead as fast.
    private func gain(leaving few: Int64) async throws {
        try await desk.whileWanted { [self] in
            try await consumer.handOver { [self] _ in try await takeIn(leaving: few) }
        }
        pace.stoodStill()
    }

    private func takeIn(leaving few: Int64) async throws -> LiveStore? {
        guard let construction else { throw CancellationError() }
        try await catchUp(construction, yields: false, leaving: few)
        return nil
    }

    private func rest(
        after batch: Duration,
        _ outcome: BatchOutcome,
        _ construction: Construction,
        _ bounds: [String: ConsumedPosition],
        _ statuses: [PartitionStatus]
    ) async throws {
        let progress = progress(of: construction, bounds, statuses)
        try desk.note(reading: progress.done, of: progress.total)
        let pause = pace.rest(
            after: batch,
            records: Int64(outcome.events + outcome.copies + outcome.refused),
            left: progress.total - progress.done,
            positions: bounds.mapValues(\.offset),
            heads: Dictionary(uniqueKeysWithValues: statuses.map { ($0.partition.name, $0.head) })
        )
        if pause > .zero { try await Task.sleep(for: pause) } else { await Task.yield() }
    }

    /// How many records there are up to the bounds, and how many of them are taken in.
    private func progress(
        of construction: Construction,
        _ bounds: [String: ConsumedPosition],
        _ statuses: [PartitionStatus]
    ) -> (done: Int64, total: Int64) {
        let positions = construction.intake.positions
        var (done, total): (Int64, Int64) = (0, 0)
        for status in statuses {
            let bound = max(bounds[status.partition.name]?.offset ?? 0, status.first)
            let position = min(max(positions[status.partition.name]?.offset ?? 0, status.first), bound)
            done += Int64(clamping: position - status.first)
            total += Int64(clamping: bound - status.first)
        }
        return (done, total)
    }

    // MARK: - Comparing

    /// Returns how many profiles there are.
    @discardableResult
    private func compareAll(_ construction: Construction) async throws -> Int {
        construction.changes = try await TopicCursor(atHeadOf: Topic.changes, on: log)
        try construction.beginComparing(with: live.store)
        let total = try construction.count()
        var done: Int64 = 0
        var last = Int64.min
        while case let profiles = try construction.profiles(after: last, limit: Self.compared), let next = profiles.last
        {
            try desk.note(.comparing, done: done, of: total)
            try construction.compare(profiles, with: live.store)
            last = next
            done += Int64(profiles.count)
            try Task.checkCancellation()
            await Task.yield()
        }
        return Int(done)
    }

    /// Compares again what has changed in either store up to now, or all where that cannot be known any more; returns how many
    /// profiles that were.
    @discardableResult
    private func compareTouched(_ construction: Construction) async throws -> Int {
        guard let told = try await construction.changes.keysTold(on: log) else {
            logger.notice("Retention was faster than the comparison; comparing all profiles again")
            return try await compareAll(construction)
        }
        return try compare(construction.takeTouched(there: told, old: live.store), construction)
    }

    private func compare(_ profiles: Set<Int64>, _ construction: Construction) throws -> Int {
        let profiles = profiles.sorted()
        for start in stride(from: 0, to: profiles.count, by: Self.compared) {
            try construction.compare(Array(profiles.dropFirst(start).prefix(Self.compared)), with: live.store)
        }
        return profiles.count
    }

    // MARK: - Ending

    private func conclude() async throws -> Conclusion {
        try await desk.whileWanted { [self] in
            try await consumer.handOver { [self] sequence in try await conclude(after: sequence) }
        }
        guard let conclusion else { throw CancellationError() }
        return conclusion
    }

    /// The store in use stands still: makes the new one the same as far as events go, and puts it in its place.
    private func conclude(after sequence: UInt64) async throws -> LiveStore? {
        guard let construction else { throw CancellationError() }
        try desk.note(.switching)
        try await catchUp(construction, yields: false)
        try await compareTouched(construction)
        try desk.note(.switching)
        let (report, time) = (try construction.report(beside: live.store), settings.now())
        conclusion = (report, time)
        guard !construction.request.isDryRun else { return nil }
        let next = try await construction.finish(report, from: live.store, after: sequence, at: time)
        retired.append(RetiredStore(number: live.number, store: live.store))
        live = next
        inUse.replace(by: next.view)
        return next
    }
}
