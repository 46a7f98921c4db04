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
    private let rules: Rules
    private var last: [ObservationKey: SeenValue] = [:]
    private var all: [Entry] = []

    private typealias Entry = (key: ObservationKey, value: SeenValue)

    init(rules: Rules) {
        self.rules = rules
    }

    mutating func add(_ value: SeenValue, for key: ObservationKey, keepingAll: Bool) {
        if keepingAll { return all.append((key, value)) }
        if let known = last[key], !value.outranks(known) { return }
        last[key] = value
    }

    /// Writes what counts more than what the store has, and notes what the identifiers' profiles may have other traits by.
    func save(in graph: WorkingGraph) throws {
        let stored = try Self.known(last.keys.filter { !graph.isNew($0.identifier) }.sorted(), graph)
        var (new, better): ([Entry], [Entry]) = ([], [])
        for (key, value) in last.sorted(by: { $0.key < $1.key }) {
            let known = stored[key]
            if let known, !value.outranks(known) { continue }
            if known == nil { new.append((key, value)) } else { better.append((key, value)) }
            graph.told[key.identifier, default: []].append((key.trait, value.value))
        }
        try Self.replace(better, graph)
        try Self.add(new, graph)
        let distinct = Self.distinct(all)
        try Self.add(distinct, graph)
        for (key, _) in distinct { graph.retold.insert(key.identifier) }
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

    private static func known(_ keys: [ObservationKey], _ graph: WorkingGraph) throws -> [ObservationKey: SeenValue] {
        let query = try BulkStatement(
            "SELECT value, time, source, message_id FROM observation WHERE identifier = ? AND trait = ?",
            in: graph.db
        )
        var known: [ObservationKey: SeenValue] = [:]
        try query.forEach(keys) { key in
            query.bind(1, key.identifier)
            query.bind(2, key.trait)
        } _: { key in
            if try query.step() { known[key] = try value(in: query, 0, graph) }
        }
        return known
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
        let query = try BulkStatement(
            "SELECT trait, value, time, source, message_id FROM observation WHERE identifier = ?",
            in: graph.db
        )
        try query.forEach(identifiers.filter { try !isAllSeen($0.id, graph) }) { _, id in
            query.bind(1, id)
        } _: { owner, _ in
            while try query.step() {
                let trait = try graph.cache.traits.name(of: query.integer(0), in: graph.db)
                folds[owner, default: TraitFold(graph.rules.traits)].add(try value(in: query, 1, graph), for: trait)
            }
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

    /// Whether the store has no more of an identifier than was seen just now: a new part of a device is given what its device had.
    private static func isAllSeen(_ id: Int64, _ graph: WorkingGraph) throws -> Bool {
        try graph.isNew(id) && graph.node(id).part == nil
    }

    private static func value(in query: BulkStatement, _ column: Int32, _ graph: WorkingGraph) throws -> SeenValue {
        SeenValue(
            value: query.text(column),
            rank: query.integer(column + 1),
            source: try graph.cache.sources.name(of: query.integer(column + 2), in: graph.db),
            messageID: query.text(column + 3)
        )
    }
}
