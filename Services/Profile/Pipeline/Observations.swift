import GRDB
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

/// What a batch has seen of traits, of each the value that counts.
struct Observations {
    private var seen: [ObservationKey: SeenValue] = [:]

    mutating func add(_ value: SeenValue, for key: ObservationKey) {
        if let known = seen[key], !value.outranks(known) { return }
        seen[key] = value
    }

    /// Writes what counts more than what the store has, and returns the identifiers whose profiles may have other traits now.
    ///
    /// The same value seen again later may still count instead of another identifier's.
    func save(in graph: WorkingGraph) throws -> Set<Int64> {
        var changed: Set<Int64> = []
        for (key, value) in seen.sorted(by: { $0.key < $1.key }) {
            let known = try graph.isNew(key.identifier) ? nil : Self.known(key, graph)
            if let known, !value.outranks(known) { continue }
            try Self.write(value, for: key, graph)
            let isAlone = try graph.membership(graph.node(key.identifier).profile).members.count == 1
            if !isAlone || known?.value != value.value { changed.insert(key.identifier) }
        }
        return changed
    }

    private static func known(_ key: ObservationKey, _ graph: WorkingGraph) throws -> SeenValue? {
        let query = try BulkStatement(
            "SELECT value, time, source, message_id FROM observation WHERE identifier = ? AND trait = ?",
            in: graph.db
        )
        query.bind(1, key.identifier)
        query.bind(2, key.trait)
        defer { query.reset() }
        return try query.step() ? value(in: query, 0, graph) : nil
    }

    private static func write(_ value: SeenValue, for key: ObservationKey, _ graph: WorkingGraph) throws {
        let replace = try BulkStatement(
            """
            INSERT OR REPLACE INTO observation (identifier, trait, value, time, source, message_id)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            in: graph.db
        )
        replace.bind(1, key.identifier)
        replace.bind(2, key.trait)
        replace.bind(3, value.value)
        replace.bind(4, value.rank)
        replace.bind(5, try graph.cache.sources.id(of: value.source, in: graph.db))
        replace.bind(6, value.messageID)
        try replace.run()
    }

    /// Adds what was seen with an identifier to a fold.
    static func fold(_ identifier: Int64, into fold: inout TraitFold, _ graph: WorkingGraph) throws {
        let query = try BulkStatement(
            "SELECT trait, value, time, source, message_id FROM observation WHERE identifier = ?",
            in: graph.db
        )
        query.bind(1, identifier)
        while try query.step() {
            let trait = try graph.cache.traits.name(of: query.integer(0), in: graph.db)
            fold.add(try value(in: query, 1, graph), for: trait)
        }
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
