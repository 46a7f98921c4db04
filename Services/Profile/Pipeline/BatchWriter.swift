import Events
import Identity
import MessageLog
import ServiceKit
import Store
import Topics

/// What a batch did.
struct BatchOutcome: Sendable {
    var position: ConsumedPosition
    /// What to put on the log now that the batch is committed.
    var appends: [Outbox.Append]
    var events = 0
    var copies = 0
    var refused = 0
    var changes = 0
    /// The numbers of the profiles that changed, of a store that tells nobody.
    var untold: Set<Int64> = []
}

/// What it did to bring the store up to date with what people decided.
struct AdoptionOutcome: Sendable {
    /// What to put on the log now that it is committed.
    var appends: [Outbox.Append]
    /// The numbers of the profiles that changed, of a store that tells nobody.
    var untold: Set<Int64>
}

/// Gives decoded batches their effect, each in one transaction.
final class BatchWriter {
    private let rules: Rules
    private let hash: KeyedHash
    private let now: @Sendable () -> Timestamp
    private let tells: Bool
    private let cache: GraphCache
    private var run: Run
    private var outbox: Outbox
    /// The batch that is to be taken in next, if it was looked at already.
    private var prepared: PreparedBatch?

    init(_ settings: PipelineSettings, outbox: Outbox, in db: any SQLConnection) throws {
        rules = settings.rules
        hash = settings.hash
        now = settings.now
        tells = settings.tells
        self.outbox = outbox
        cache = try GraphCache(capacity: settings.cacheCapacity, in: db)
        run = try Run.newest(in: db)
    }

    /// Looks at what a batch will need of the store; it is to be taken in next.
    func prepare(_ batch: DecodedBatch, in db: any SQLConnection) throws {
        prepared = try PreparedBatch(batch, in: WorkingGraph(db: db, cache: cache, rules: rules, hash: hash))
    }

    /// Takes in a batch.
    ///
    /// When the transaction fails this writer must not be used again. It fails with ``NeededEvents`` when it must look at events
    /// again that are not in the archive.
    func write(
        _ batch: DecodedBatch,
        from position: ConsumedPosition,
        published: UInt64,
        archive: EventArchive = EventArchive(),
        in db: any SQLConnection
    ) throws
        -> BatchOutcome
    {
        defer { prepared = nil }
        try position.advance(to: batch.range.upperBound, in: db)
        try Outbox.remove(upTo: published, in: db)
        var outcome = BatchOutcome(position: position, appends: [])
        outcome.position.offset = batch.range.upperBound
        let copies = try EventCopies(batch.events, of: position.id, in: db)
        outcome.events = copies.fresh.count
        outcome.copies = batch.events.count - copies.fresh.count
        outcome.refused = batch.refused.count
        let time = now()
        if !copies.fresh.isEmpty {
            let (changes, profiles) = try takeIn(
                copies,
                of: batch,
                as: position.id,
                at: time,
                archive,
                in: db
            )
            outcome.changes = changes.count
            if !tells { outcome.untold = profiles }
            let traces = BatchTraces(batch)
            let records = changes.map { traces.record(of: $0, at: time) }
            outcome.appends += try outbox.add(records, to: Topic.changes, in: db)
        }
        if tells, !batch.refused.isEmpty {
            let letters = batch.refused.map { $0.record(at: time) }
            outcome.appends += try outbox.add(letters, to: Topic.deadLetters, in: db)
        }
        return outcome
    }

    /// Brings the store up to date with what people decided; `nil` if it is.
    ///
    /// When the transaction fails this writer must not be used again.
    ///
    /// - Parameter keepsUnsaid: Whether what `control` no longer has holds as well (``DecisionNews``).
    func adopt(
        _ book: ControlBook,
        keepsUnsaid: Bool = false,
        published: UInt64,
        in db: any SQLConnection
    ) throws -> AdoptionOutcome? {
        let news = try DecisionNews(of: book, keepsUnsaid: keepsUnsaid, rules: rules, hash: hash, in: db)
        guard !news.isEmpty else { return nil }
        try Outbox.remove(upTo: published, in: db)
        try news.save(in: db)
        cache.decided = try Decided(in: db)
        let graph = WorkingGraph(db: db, cache: cache, rules: rules, hash: hash)
        try news.take(effectIn: graph)
        try graph.join()
        try graph.reanchor()
        try graph.saveNodes()
        let time = now()
        let (changes, profiles) = try report(AnchoredBatch(events: []), nil, at: time, graph)
        graph.remember()
        let appends = try outbox.add(changes.map { $0.record(at: time) }, to: Topic.changes, in: db)
        return AdoptionOutcome(appends: appends, untold: tells ? [] : profiles)
    }

    /// Takes people out of the store, and says so on `control`; `nil` if all of them are out of it already.
    ///
    /// When the transaction fails this writer must not be used again. It fails with ``NeededEvents`` when it must look at events
    /// again that are not in the archive.
    func forget(
        _ suppressions: [Suppression],
        lifted: [String: Timestamp],
        key: SuppressionKey,
        decoder: EventDecoder,
        archive: EventArchive,
        published: UInt64,
        in db: any SQLConnection
    ) throws -> AdoptionOutcome? {
        let suppressions = try suppressions.filter { try ForgottenRows.note($0.id, in: db) }
        guard !suppressions.isEmpty else { return nil }
        try Outbox.remove(upTo: published, in: db)
        let graph = WorkingGraph(db: db, cache: cache, rules: rules, hash: hash)
        let forgetting = try StoreForgetting(
            suppressions,
            lifted: lifted,
            decoder: decoder,
            archive: archive,
            in: graph
        )
        let time = now()
        let changes = try takeOut(forgetting, at: time, graph)
        var appends = try outbox.add(changes.map { $0.record(at: time) }, to: Topic.changes, in: db)
        let extended = forgetting.extended(key)
        let said = extended.map(ControlRecord.suppression) + forgetting.said(at: time, key).map(ControlRecord.forgotten)
        appends += try outbox.add(said.map { $0.record(at: time) }, to: Topic.control, in: db)
        return AdoptionOutcome(appends: appends, untold: [])
    }

    /// Takes people out of a store that is from before they were forgotten, of which nothing is said: it was then.
    ///
    /// When the transaction fails this writer must not be used again. It fails with ``NeededEvents`` as ``forget`` does.
    func forgetAgain(
        _ people: [Suppression],
        decoder: EventDecoder,
        archive: EventArchive,
        in db: any SQLConnection
    ) throws {
        guard !people.isEmpty else { return }
        let graph = WorkingGraph(db: db, cache: cache, rules: rules, hash: hash)
        let forgetting = try StoreForgetting(people, decoder: decoder, archive: archive, isAgain: true, in: graph)
        _ = try takeOut(forgetting, at: now(), graph)
    }

    private func takeOut(_ forgetting: StoreForgetting, at time: Timestamp, _ graph: WorkingGraph) throws -> [Change] {
        try Meta.set(Meta.wipe, "due", in: graph.db)
        try forgetting.run(&run)
        try Meta.set(Meta.lastIdentifier, "\(graph.lastIdentifier)", in: graph.db)
        let (changes, _) = try report(AnchoredBatch(events: []), nil, at: time, graph)
        try MergeLog.forget(forgetting.profileIDs, causes: forgetting.causes, in: graph.db)
        graph.remember()
        try cache.forgetUnusedNames(in: graph.db)
        return changes
    }

    private func takeIn(
        _ copies: EventCopies,
        of decoded: DecodedBatch,
        as partitionID: Int64,
        at time: Timestamp,
        _ archive: EventArchive,
        in db: any SQLConnection
    ) throws -> (changes: [Change], profiles: Set<Int64>) {
        let graph = WorkingGraph(db: db, cache: cache, rules: rules, hash: hash)
        var retraction = Retraction(in: graph, archive: archive)
        try retraction.retract(archive.events(at: copies.superseded))
        let prepared = try prepared(decoded) ?? PreparedBatch(decoded, in: graph)
        let batch = try IdentifiedBatch(copies.fresh, of: decoded, prepared, in: graph)
        try retraction.removeOrphans(except: batch.allIdentifiers)
        try batch.noteEvidence(in: graph)
        try graph.join()
        try graph.reanchor()
        try graph.saveNodes()
        let anchored = try batch.anchored(in: graph)
        try run.withdraw(graph.withdrawn, in: db)
        run = run.open
        try run.add(anchored.rows(in: graph), partition: partitionID, in: db)
        try retraction.restoreObservations()
        try batch.observations(in: graph).save(in: graph)
        let report = try report(anchored, decoded.partition, at: time, graph)
        graph.remember()
        return report
    }

    private func prepared(_ batch: DecodedBatch) -> PreparedBatch? {
        prepared.flatMap { $0.isOf(batch) ? $0 : nil }
    }

    private func report(
        _ anchored: AnchoredBatch,
        _ partition: Partition?,
        at time: Timestamp,
        _ graph: WorkingGraph
    ) throws -> (changes: [Change], profiles: Set<Int64>) {
        let events = try anchored.byProfile(in: graph)
        let rows = try ProfileRows(graph: graph)
        let changed = try rows.changed().union(events.keys)
        let activity = try ActivityRows(graph: graph)
        let revisions = try activity.save(changed, events: events.mapValues(\.activity))
        let last = try activity.lastRevisions(of: graph.founderless)
        try rows.save()
        try Totals(addedBy: graph).add(in: graph.db)
        guard tells else { return ([], changed) }
        let assembly = try ChangeAssembly(graph: graph, now: time)
        var changes = try changed.sorted().flatMap { profile in
            try assembly.changes(
                of: profile,
                revision: revisions[profile] ?? 1,
                events: try partition.flatMap { partition in
                    try events[profile].map { try anchored.changeEvents($0, partition, graph) }
                } ?? []
            )
        }
        for (profile, revision) in last.sorted(by: { $0.key < $1.key }) {
            if let change = try assembly.end(of: profile, revision: revision) { changes.append(change) }
        }
        return (changes, changed)
    }
}
