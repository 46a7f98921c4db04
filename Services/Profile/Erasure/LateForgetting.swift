import Events
import Identity
import Logging
import MessageLog
import ServiceKit
import Store
import Topics

/// Takes people out of a store that is from before they were forgotten, as one that went back to a backup.
///
/// - It is done at a start, before anybody is answered from the store. Cut short anywhere, it is done again at the next.
/// - The log has nothing more of them, and `control` often only hashes. By these goes at once what the store takes for theirs, which
///   may be more than was, or less. What was, only the log tells: so the store is to be made anew from it, while it is in use. Where
///   retention has removed events, others would lose by that what they said, and it is left to an administrator.
/// - What came in after a suppression was lifted is not lost: it is on the log behind what the store has taken in.
struct LateForgetting {
    private let log: any MessageLog
    private let key: SuppressionKey
    private let now: @Sendable () -> Timestamp
    private let notice: WaitNotice
    private let patience: Duration
    private let logger: Logger
    private let book: ControlBook

    /// Reads from `control` who was forgotten.
    ///
    /// - Parameter patience: How long it is waited for partitions whose producers have not opened them again yet: longer than these
    ///   wait for this process to listen.
    init(
        log: any MessageLog,
        key: SuppressionKey,
        now: @escaping @Sendable () -> Timestamp = SystemClock.now,
        notice: WaitNotice = WaitNotice(.store),
        patience: Duration = .seconds(60),
        logger: Logger
    ) async throws {
        self.log = log
        self.key = key
        self.now = now
        self.notice = notice
        self.patience = patience
        self.logger = logger
        let reader = ControlReader(log: log)
        _ = try await reader.readToHead()
        book = reader.book
    }

    /// Whether a store is from before somebody was forgotten.
    func isDue(in store: any SQLStore) async throws -> Bool { try await !missing(from: store).isEmpty }

    /// Takes out of a store whoever is to be out of it; waits for room on its disk.
    func run(on live: LiveStore) async throws {
        let erasures = try await missing(from: live.store)
        guard !erasures.isEmpty else { return }
        while true {
            do {
                try await forget(erasures, in: live)
                return notice.goesOn(logger: logger)
            } catch  where SQLFailure.isPassing(error) {
                notice.waits(forStore: error, logger: logger)
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// Those who are forgotten by `control`, and of whom the store does not say so: it does before `control`.
    private func missing(from store: any SQLStore) async throws -> [ControlBook.Erasure] {
        let erasures = book.erasures.values.filter { $0.forgotten != nil }
        guard !erasures.isEmpty else { return [] }
        let (done, finished) = try await store.read { db in
            (try ForgottenRows.all(in: db), try Self.formerRebuild(in: db))
        }
        let rebuilt = finished ?? .earliest
        return erasures.filter { erasure in
            // Those forgotten while it was under way as well.
            let isLeftOut = erasure.forgotten.map { $0.time <= rebuilt } ?? false
            return !isLeftOut && !done.contains(erasure.suppression.id)
        }
    }

    /// When a store was rebuilt by a version before, which noted neither whom it has left out nor a precedent.
    ///
    /// Only then anything goes by a clock, which may have been ahead.
    private static func formerRebuild(in db: any SQLConnection) throws -> Timestamp? {
        guard try Meta.text(Meta.precedent, in: db) == nil else { return nil }
        return try RebuildStatus.last(in: db)?.finishedAt
    }

    private func forget(_ erasures: [ControlBook.Erasure], in live: LiveStore) async throws {
        let ids = erasures.map(\.suppression.id)
        let positions = try await live.store.read { try ConsumedPosition.all(in: $0) }
        // What nothing was taken into has nobody.
        guard !positions.isEmpty else {
            return try await live.store.write { db in
                for id in ids { try ForgottenRows.note(id, in: db) }
            }
        }
        // What the log does not show yet would be taken for gone.
        let statuses = try await positions.partitions(on: log, patience: patience)
        try await askForRebuild(of: live, from: statuses)
        try adopt(in: live)
        let people = try people(of: erasures, in: live)
        try await takeOut(people, noting: ids, of: live, positions)
        logger.notice("Forgot people again whom an older store had", metadata: ["suppression.ids": "\(ids)"])
    }

    /// Notes that the store is to be made anew by its own rules, unless it is to be made by others anyway.
    private func askForRebuild(of live: LiveStore, from statuses: [PartitionStatus]) async throws {
        guard statuses.allSatisfy({ $0.first == 0 }) else {
            logger.warning("The log no longer has all events, and the store is not made anew from it")
            return
        }
        let request = RebuildRequest(rules: live.rules.rules, isDryRun: false, startedAt: now())
        try await live.store.write { db in
            let wanted = try RebuildRequest.kept(in: db)
            if wanted?.isDryRun ?? true { try request.keep(in: db) }
        }
    }

    // MARK: - Steps

    /// What was decided since holds; what was decided of the people does until they are out, since it keeps others apart from them.
    private func adopt(in live: LiveStore) throws {
        try live.store.write { db in
            _ = try writer(for: live, in: db).adopt(book, keepsUnsaid: true, published: 0, in: db)
        }
    }

    /// Those of whom everything goes, as if they were one, and the same of those of whom only an address does; as far as
    /// the store knows them.
    private func people(of erasures: [ControlBook.Erasure], in live: LiveStore) throws -> [Suppression] {
        try live.store.read { db in
            let graph = try WorkingGraph(reading: db, rules: live.rules.rules, hash: live.hash)
            return try [false, true].compactMap { isAlone in
                try people(of: erasures.filter { $0.suppression.isAlone == isAlone }, in: graph)
            }
        }
    }

    private func people(of erasures: [ControlBook.Erasure], in graph: WorkingGraph) throws -> Suppression? {
        guard var people = erasures.first?.suppression else { return nil }
        let identifiers = try KnownByHash(erasures, key: key, rules: graph.rules).identifiers(in: graph)
        people.identifiers = identifiers.sorted()
        people.profileIDs =
            erasures.flatMap(\.suppression.profileIDs) + people.identifiers.map { graph.hash.key(of: $0).publicID }
        return identifiers.isEmpty ? nil : people
    }

    /// Takes people out in one transaction, which is made again with the events that it has to look at.
    private func takeOut(
        _ people: [Suppression],
        noting ids: [String],
        of live: LiveStore,
        _ positions: [String: ConsumedPosition]
    ) async throws {
        let rules = live.rules.rules
        var decoder = EventDecoder(rules: rules, hash: live.hash, now: now, trapOn: nil)
        decoder.suppressed = SuppressedEvents(book, forgotten: [], key: key, rules: rules)
        var archive = EventArchive()
        while true {
            do {
                return try takeOut(people, noting: ids, of: live, decoder, archive)
            } catch let needed as NeededEvents {
                try await archive.fetch(needed, from: log, partitions: positions.names, decoder: decoder)
            }
        }
    }

    private func takeOut(
        _ people: [Suppression],
        noting ids: [String],
        of live: LiveStore,
        _ decoder: EventDecoder,
        _ archive: EventArchive
    ) throws {
        try live.store.write { db in
            for id in ids { try ForgottenRows.note(id, in: db) }
            let writer = try writer(for: live, in: db)
            try writer.forgetAgain(people, decoder: decoder, archive: archive, in: db)
            // What was decided of them is on `control` no more.
            _ = try writer.adopt(book, published: 0, in: db)
        }
    }

    /// Others were told of it all when it happened.
    private func writer(for live: LiveStore, in db: any SQLConnection) throws -> BatchWriter {
        var settings = PipelineSettings(rules: live.rules.rules, hash: live.hash, markPath: "")
        settings.tells = false
        settings.now = now
        return try BatchWriter(settings, outbox: Outbox(after: 0), in: db)
    }
}
