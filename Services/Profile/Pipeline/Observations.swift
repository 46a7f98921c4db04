import Events
import Identity
import Store

/// A trait of an identifier.
struct ObservationKey: Hashable, Comparable {
    var identifier: Int64
    var trait: Int64

    static func < (left: ObservationKey, right: ObservationKey) -> Bool {
        (left.identifier, left.trait) < (right.identifier, right.trait)
    }
}

/// What a batch has seen of traits: of each the value that counts, or all of them where more than the last may count.
struct Observations {
    /// What is kept of a trait.
    enum Keeping {
        /// The last value.
        case last
        /// All values of a device's, of which the last counts: whose they are may turn out to be otherwise.
        case turns
        /// All values, among which a rule of the trait's own chooses.
        case choices
    }

    private var last: [ObservationKey: SeenValue] = [:]
    /// What is kept beside others.
    private var all: [Entry] = []
    /// Those of its traits that have a rule of their own.
    private var chosen: Set<Int64> = []

    private typealias Entry = (key: ObservationKey, value: SeenValue)

    mutating func add(_ value: SeenValue, for key: ObservationKey, _ keeping: Keeping) {
        guard keeping == .last else {
            all.append((key, value))
            if keeping == .choices { chosen.insert(key.trait) }
            return
        }
        if let known = last[key], !value.outranks(known) { return }
        last[key] = value
    }

    /// Writes what counts more than what the store has, or is kept beside that, and notes what the identifiers' profiles may have
    /// other traits by.
    func save(in graph: WorkingGraph) throws {
        try saveLast(in: graph)
        let distinct = Self.distinct(all)
        try tell(distinct, graph)
        try Self.add(distinct, graph)
    }

    private func saveLast(in graph: WorkingGraph) throws {
        let stored = try StoredObservations(in: graph).only(of: Self.known(last.keys, graph))
        var (new, better): ([Entry], [Entry]) = ([], [])
        for (key, value) in last.sorted(by: { $0.key < $1.key }) {
            let known = stored[key]
            if let known, !value.outranks(known) { continue }
            if known == nil { new.append((key, value)) } else { better.append((key, value)) }
            graph.told[key.identifier, default: []].append(ToldValue(value, of: key))
        }
        try Self.replace(better, graph)
        try Self.add(new, graph)
    }

    /// Notes those of the values that may count; called before they are written.
    ///
    /// Where the last counts, it is one that comes behind all that the store has.
    private func tell(_ values: [Entry], _ graph: WorkingGraph) throws {
        let choices = values.filter { chosen.contains($0.key.trait) }
        let further = try StoredObservations(in: graph).further(choices)
        for (place, (key, value)) in choices.enumerated() {
            let told = ToldValue(value, of: key, isFurther: further.contains(place))
            graph.told[key.identifier, default: []].append(told)
        }
        var newest: [ObservationKey: SeenValue] = [:]
        for (key, value) in values where !chosen.contains(key.trait) {
            if newest[key].map(value.outranks) ?? true { newest[key] = value }
        }
        let stored = try StoredObservations(in: graph).last(of: Self.known(newest.keys, graph))
        for (key, value) in newest where stored[key].map(value.outranks) ?? true {
            graph.told[key.identifier, default: []].append(ToldValue(value, of: key))
        }
    }

    /// Those that the store may have something of, in its order.
    private static func known(_ keys: some Sequence<ObservationKey>, _ graph: WorkingGraph) -> [ObservationKey] {
        keys.filter { !graph.isNew($0.identifier) }.sorted()
    }

    /// Of what stands under one message id at one time, the greater value, whichever was said first.
    private static func distinct(_ all: [Entry]) -> [Entry] {
        var places: [Row: Int] = [:]
        var distinct: [Entry] = []
        for (key, value) in all {
            let row = Row(
                key: key,
                rank: value.rank,
                source: ExactText(value.source),
                messageID: ExactText(value.messageID)
            )
            if let place = places[row] {
                if value.outranks(distinct[place].value) { distinct[place].value = value }
            } else {
                places[row] = distinct.count
                distinct.append((key, value))
            }
        }
        return distinct
    }

    private struct Row: Hashable {
        var key: ObservationKey
        var rank: Int64
        var source: ExactText
        var messageID: ExactText
    }

    private static func add(_ entries: [Entry], _ graph: WorkingGraph) throws {
        let insert = try BulkStatement(
            """
            INSERT INTO observation (identifier, trait, value, time, source, message_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (identifier, trait, time, source, message_id) DO UPDATE SET
                value = \(graph.db.dialect.greatest)(observation.value, excluded.value)
            """,
            in: graph.db
        )
        for (key, value) in entries {
            try bind(value, for: key, to: insert, graph)
            try insert.add()
            if graph.isNew(key.identifier) { graph.seen[key.identifier, default: []].append((key.trait, value)) }
        }
    }

    /// Puts each value in the place of the only one there is.
    private static func replace(_ entries: [Entry], _ graph: WorkingGraph) throws {
        let update = try BulkStatement(
            """
            UPDATE observation SET value = ?3, time = ?4, source = ?5, message_id = ?6 WHERE identifier = ?1 AND trait = ?2
            """,
            in: graph.db
        )
        for (key, value) in entries {
            try bind(value, for: key, to: update, graph)
            try update.add()
        }
    }

    private static func bind(
        _ value: SeenValue,
        for key: ObservationKey,
        to statement: BulkStatement,
        _ graph: WorkingGraph
    ) throws {
        statement.bind(1, key.identifier)
        statement.bind(2, key.trait)
        statement.bind(3, value.value)
        statement.bind(4, value.rank)
        statement.bind(5, try graph.cache.sources.id(of: value.source, in: graph.db))
        statement.bind(6, value.messageID)
    }

    /// Adds what was seen with identifiers, and what people said, to the folds of whoever has them.
    static func fold(
        _ identifiers: [(owner: Int64, id: Int64)],
        into folds: inout [Int64: TraitFold],
        _ graph: WorkingGraph
    ) throws {
        let stored = try identifiers.filter { try !isAllSeen($0.id, graph) }
        let owners = Dictionary(stored.map { ($0.id, $0.owner) }) { $1 }
        try StoredObservations(in: graph).forEach(of: stored.map(\.id)) { key, value in
            guard let owner = owners[key.identifier] else { return }
            let trait = try graph.cache.traits.name(of: key.trait, in: graph.db)
            folds[owner, default: TraitFold(graph.rules.traits)].add(value, for: trait)
        }
        for (owner, id) in identifiers {
            var fold = folds.removeValue(forKey: owner) ?? TraitFold(graph.rules.traits)
            if try isAllSeen(id, graph) {
                for (trait, value) in graph.seen[id] ?? [] {
                    fold.add(value, for: try graph.cache.traits.name(of: trait, in: graph.db))
                }
            }
            for (trait, word) in try graph.corrections(of: id) { fold.add(word, for: trait) }
            folds[owner] = fold
        }
    }

    /// What was seen of some traits of each owner's identifiers, and what people said of any.
    static func folds(
        of traits: [Int64: Set<Int64>],
        _ identifiers: [(owner: Int64, id: Int64)],
        _ graph: WorkingGraph
    ) throws -> [Int64: TraitFold] {
        var folds = traits.mapValues { _ in TraitFold(graph.rules.traits) }
        let owners = Dictionary(identifiers.map { ($0.id, $0.owner) }) { $1 }
        let keys = identifiers.flatMap { owner, id in
            (traits[owner] ?? []).map { ObservationKey(identifier: id, trait: $0) }
        }
        try StoredObservations(in: graph).forEach(of: keys.sorted()) { key, value in
            guard let owner = owners[key.identifier] else { return }
            folds[owner]?.add(value, for: try graph.cache.traits.name(of: key.trait, in: graph.db))
        }
        for (owner, id) in identifiers {
            for (trait, word) in try graph.corrections(of: id) { folds[owner]?.add(word, for: trait) }
        }
        return folds
    }

    /// Whether the store has no more of an identifier than was seen just now: a new part of a device is given what its device had.
    private static func isAllSeen(_ id: Int64, _ graph: WorkingGraph) throws -> Bool {
        try graph.isNew(id) && graph.node(id).part == nil
    }
}
