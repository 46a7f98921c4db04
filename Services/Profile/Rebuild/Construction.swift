import Events
import Identity
import Logging
import MessageLog
import ServiceKit
import Store
import Topics

/// A store that is being made beside the one in use.
final class Construction {
    let number: Int
    let request: RebuildRequest
    let store: any BatchStore
    let intake: Intake
    /// What others were told of the store in use since the comparison began.
    var changes: TopicCursor
    /// Profiles that have changed since the comparison began; before, nobody need know of any: all are compared then.
    private(set) var touched: Set<Int64> = []
    private var isComparing = false
    /// The greatest revision that others were told of when the comparison began.
    private var precedent: Int64 = 0
    /// Records that retention had removed.
    private var missing: Int64 = 0
    /// Records that were refused.
    private var refused: Int64
    /// Those who were forgotten when this was begun; by their ids.
    private let erasures: Set<String>
    /// What the store in use goes by.
    private let inEffect: BookInEffect
    private let suppressionKey: SuppressionKey?
    private let hash: KeyedHash

    /// Lays the ground for a new store: it has the secret of the one in use, so that identifiers keep their keys.
    static func lay(
        _ request: RebuildRequest,
        at number: Int,
        in places: any StorePlaces,
        secret: [UInt8]
    )
        throws -> any BatchStore
    {
        places.remove(number)
        let store = try places.open(number, for: .construction)
        try store.write { db in
            guard try Meta.bytes("secret", in: db) == nil else { throw RebuildError.placeIsTaken }
            try Meta.set("secret", secret, in: db)
            try Meta.set("rebuild", request.note, in: db)
            try StoredRules(rules: request.rules).note(in: db)
        }
        return store
    }

    /// What the last process was rebuilding in a store; `nil` if this process cannot go on with it.
    static func request(of store: any BatchStore, secret: [UInt8]) throws -> RebuildRequest? {
        try store.read { db in
            guard try Meta.bytes("secret", in: db) == secret, let note = try Meta.bytes("rebuild", in: db),
                let rules = try? StoredRules(of: db), rules.version == ResolutionVersion.current
            else { return nil }
            return RebuildRequest(note: note, rules: rules.rules)
        }
    }

    init(
        _ request: RebuildRequest,
        in store: any BatchStore,
        number: Int,
        log: any MessageLog,
        settings: PipelineSettings,
        mark: InFlightMark,
        poison: Set<RecordPlace>,
        inEffect: BookInEffect,
        logger: Logger
    ) throws {
        self.request = request
        self.store = store
        self.number = number
        hash = settings.hash
        refused = try store.read { try Meta.text("refused", in: $0) }.flatMap { Int64($0) } ?? 0
        erasures = try Self.erasures(of: store, otherwise: inEffect.book)
        self.inEffect = inEffect
        suppressionKey = settings.suppressionKey
        changes = TopicCursor(log: log, topic: Topic.changes)
        var settings = settings
        settings.rules = request.rules
        settings.tells = false
        settings.passesOverGaps = request.passesOverGaps
        settings.cacheCapacity = min(settings.cacheCapacity, 50_000)
        intake = Intake(
            log: log,
            store: store,
            settings: settings,
            mark: mark,
            limits: Intake.Limits(records: 4096, bytes: 8 << 20),
            poison: poison,
            logger: logger
        )
    }

    /// Notes how much retention has removed; throws when it was not taken in before, and may not be passed over.
    func noteRemoved(_ statuses: [PartitionStatus]) throws(RebuildError) {
        missing = statuses.reduce(0) { $0 + Int64(clamping: $1.first) }
        let lost = statuses.reduce(0) { $0 + untaken($1) }
        guard lost == 0 || request.passesOverGaps else { throw .logIsIncomplete(records: lost) }
    }

    /// How many records of a partition retention has removed that were not taken in.
    private func untaken(_ status: PartitionStatus) -> Int64 {
        let taken = intake.positions[status.partition.name]?.offset ?? 0
        return Int64(clamping: status.first) - Int64(clamping: min(taken, status.first))
    }

    /// Takes in the next records of a partition, and finds out which of them the store refuses, if it does.
    func takeBatch(
        of status: PartitionStatus,
        below bound: Offset,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> BatchOutcome? {
        while true {
            do {
                return try await intake.takeBatch(of: status, below: bound)
            } catch is BatchAtFault {
                try await intake.start(patience: .zero)
                try intake.open(after: 0)
            }
        }
    }

    /// Notes what a batch did; throws when somebody was forgotten meanwhile.
    func note(_ outcome: BatchOutcome) throws {
        try check()
        noteTouched(outcome.untold)
        guard outcome.refused > 0 else { return }
        refused += Int64(outcome.refused)
        try store.write { try Meta.set("refused", "\(refused)", in: $0) }
    }

    /// Throws when somebody was forgotten since this was begun, and may be in here: that is not to wait until everything is read.
    private func check() throws(RebuildError) {
        guard inEffect.forgotten <= erasures.count else { throw .overtaken }
    }

    private func noteTouched(_ profiles: Set<Int64>) {
        if isComparing { touched.formUnion(profiles) }
    }

    /// Who was forgotten when the store was begun, which is now unless it says so.
    private static func erasures(of store: any BatchStore, otherwise book: ControlBook) throws -> Set<String> {
        if let known = try store.read({ try Meta.text("erasures", in: $0) }) {
            return Set(known.split(separator: " ").map(String.init))
        }
        let erasures = forgotten(in: book)
        try store.write { try Meta.set("erasures", erasures.sorted().joined(separator: " "), in: $0) }
        return erasures
    }

    /// Whom the store in use has forgotten.
    private static func forgotten(in book: ControlBook) -> Set<String> {
        Set(book.erasures.values.filter { $0.forgotten != nil }.map(\.suppression.id))
    }

    /// Goes by what people decided.
    ///
    /// Somebody who was forgotten since this was begun may be in this store already, and their events may be gone from the
    /// log, by which they could be taken out: then it is to be begun again.
    func adopt(_ book: ControlBook) throws {
        guard erasures.isSuperset(of: Self.forgotten(in: book)) else { throw RebuildError.overtaken }
        let rules = request.rules
        intake.suppress(suppressionKey.flatMap { SuppressedEvents(book, forgotten: [], key: $0, rules: rules) })
        if let outcome = try intake.adopt(book) { noteTouched(outcome.untold) }
    }

    // MARK: - Comparing

    /// Forgets what was compared.
    func beginComparing(with old: any BatchStore) throws {
        touched = []
        let isAgain = isComparing
        isComparing = true
        precedent = try Self.precedent(in: old)
        try store.write { db in
            // Where it is done again the store in use may stand still.
            if isAgain { try FindingTable(db: db).clear() } else { try FindingTable(db: db).reset() }
        }
    }

    /// How many profiles there are.
    func count() throws -> Int64 {
        try store.read { db in try db.throughWholeTables { try db.value("SELECT count(*) FROM profile") ?? 0 } }
    }

    /// The next profiles behind one.
    func profiles(after last: Int64, limit: Int) throws -> [Int64] {
        try store.read {
            try $0.all("SELECT id FROM profile WHERE id > ? ORDER BY id LIMIT ?", [last, limit]) { $0[0] }
        }
    }

    /// Compares profiles with those of the old store, and notes what is found.
    ///
    /// A profile that looks as before keeps its revision; every other one has the next.
    func compare(_ profiles: [Int64], with old: any BatchStore) throws {
        try check()
        try store.write { new in
            try old.read { old in
                let comparison = StoreComparison(old: old, new: new, precedent: precedent)
                let table = FindingTable(db: new)
                try comparison.load(profiles)
                for number in profiles {
                    let finding = try comparison.profile(number)?.finding
                    try table.note(finding, of: number)
                    if let finding { try Self.set(finding.revision, of: number, in: new) }
                }
            }
        }
    }

    /// The greatest revision of the profiles that are in a store, and of those that rebuilds before have taken away: should one of
    /// these be there again under its id, whoever has heard of it is to hear a greater revision.
    private static func precedent(in store: any BatchStore) throws -> Int64 {
        try store.read { db in
            let former = try Meta.text(Meta.precedent, in: db).flatMap { Int64($0) } ?? 0
            let present: Int64 = try db.throughWholeTables {
                try db.value("SELECT max(revision) FROM activity") ?? 0
            }
            return max(former, present)
        }
    }

    private static func set(_ revision: Int64, of profile: Int64, in db: any SQLConnection) throws {
        let update = try BulkStatement(
            "UPDATE activity SET revision = ?2 WHERE profile = ?1 AND revision <> ?2",
            in: db
        )
        update.bind(1, profile)
        update.bind(2, revision)
        try update.run()
    }

    /// The profiles that are to be compared again: those touched here, and those that have identifiers of old profiles touched
    /// there, which are given by keys of their identifiers.
    func takeTouched(there told: Set<Key128>, old: any BatchStore) throws -> Set<Int64> {
        let here = touched
        touched = []
        return try store.read { new in
            try old.read { old in
                let comparison = StoreComparison(old: old, new: new)
                return try comparison.kin(of: here).union(comparison.heirs(ofOldProfilesWith: told.sorted()))
            }
        }
    }

    // MARK: - Ending

    /// What changes; both stores stand still.
    func report(beside old: any BatchStore) throws -> RebuildReport {
        try store.write { db in try db.throughWholeTables { try FindingTable(db: db).prune() } }
        return try store.read { new in
            try old.read { old in
                try new.throughWholeTables {
                    try ReportAssembly(old: old, new: new).report(refused: refused, missing: missing)
                }
            }
        }
    }

    /// Makes the store whole, in one transaction; when it is committed this is the store in use, for this process and for the next.
    ///
    /// - Parameter sequence: The last one that the store in use has put on the log.
    func finish(
        _ report: RebuildReport,
        from old: any BatchStore,
        after sequence: UInt64,
        at time: Timestamp,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> LiveStore {
        do {
            try putIntoUse(report, from: old, after: sequence, at: time)
        } catch  where SQLFailure.isOfAbsence(error) {
            // It may be in use all the same: before that is known the old one is not to go on, nor is this one to be made anew.
            guard try await isInUse() else { throw error }
        }
        return LiveStore(number: number, store: store, rules: StoredRules(rules: request.rules), hash: hash)
    }

    private func putIntoUse(
        _ report: RebuildReport,
        from old: any BatchStore,
        after sequence: UInt64,
        at time: Timestamp
    ) throws {
        var status = RebuildStatus(request)
        status.state = .done
        status.finishedAt = time
        status.report = report
        // Examples name people, and stay no longer than somebody looks at them.
        status.report?.examples = [:]
        var writer = JSONWriter()
        status.write(to: &writer)
        let precedent = try Self.precedent(in: old)
        try store.put(to: .service)
        try store.write { db in
            try Succession(to: db).take(from: old, after: sequence, at: time)
            try Meta.set(RebuildStatus.rebuilt, writer.bytes, in: db)
            try Meta.set(Meta.precedent, "\(precedent)", in: db)
            for name in ["refused", "rebuild", "erasures"] { try Meta.remove(name, in: db) }
            for id in erasures { try ForgottenRows.note(id, in: db) }
        }
    }

    /// Whether the store is in use, as it says once it can be asked.
    private func isInUse(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        while true {
            do {
                return try isWhole()
            } catch  where SQLFailure.isOfAbsence(error) {
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Whoever only reads may ask while the server is still at the commit, or has yet to get it: who writes has the store for himself.
    private func isWhole() throws -> Bool {
        do {
            return try store.write { db in
                try Meta.bytes("secret", in: db) != nil && Meta.bytes("rebuild", in: db) == nil
            }
        } catch StoreError.lostTransactions {
            return false
        } catch  where SQLFailure.isOfSomethingGone(error) {
            return false
        }
    }
}
