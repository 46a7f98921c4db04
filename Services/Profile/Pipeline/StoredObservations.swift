import Events
import Identity
import Store

/// What the store has of traits; where the last value counts nothing else is read, however many there are.
struct StoredObservations {
    private let graph: WorkingGraph

    init(in graph: WorkingGraph) {
        self.graph = graph
    }

    // MARK: - Values

    /// Goes through all that may count of identifiers' traits.
    func forEach(of ids: [Int64], _ body: (ObservationKey, SeenValue) throws -> Void) throws {
        try graph.loadNodes(ids)
        let others = try ids.filter { try !graph.isDevice($0) }
        try forEach(others, where: "identifier = ?1") { query, id in
            query.bind(1, id)
        } _: { id, trait, value in
            try body(ObservationKey(identifier: id, trait: trait), value)
        }
        // Only of devices is anything kept that cannot count.
        try forEach(of: traits(of: ids.filter(graph.isDevice)), body)
    }

    /// Goes through all that may count of some traits.
    func forEach(of keys: [ObservationKey], _ body: (ObservationKey, SeenValue) throws -> Void) throws {
        try graph.loadNodes(keys.map(\.identifier))
        let ruled = try Set(keys.map(\.trait)).filter(isRuled)
        let isWhole = try keys.map { key in try ruled.contains(key.trait) || !graph.isDevice(key.identifier) }
        for (key, value) in try last(of: zip(keys, isWhole).filter { !$1 }.map { $0.0 }) { try body(key, value) }
        try forEach(zip(keys, isWhole).filter { $1 }.map { $0.0 }, where: Self.isOfTrait, Self.bind) { key, _, value in
            try body(key, value)
        }
    }

    private func isRuled(_ trait: Int64) throws -> Bool {
        let name = try graph.cache.traits.name(of: trait, in: graph.db)
        return graph.rules.traits[name] != nil
    }

    /// The only value that is kept of each of some traits, where there is any.
    func only(of keys: [ObservationKey]) throws -> [ObservationKey: SeenValue] {
        try greatest(of: keys, where: Self.isOfTrait)
    }

    /// The last value of each of some traits of which all are kept, where there is any.
    func last(of keys: [ObservationKey]) throws -> [ObservationKey: SeenValue] {
        try greatest(of: keys, where: Self.isLastOfTrait)
    }

    /// Which of some values, by their places, come in the place of none, beside one that holds whatever there is.
    func further(_ values: [(key: ObservationKey, value: SeenValue)]) throws -> Set<Int> {
        let query = try BulkStatement(
            """
            SELECT 1 WHERE NOT EXISTS (
                SELECT 1 FROM observation WHERE identifier = ?1 AND trait = ?2 AND time = ?3 AND source = ?4
                    AND message_id = ?5)
            AND EXISTS (SELECT 1 FROM observation WHERE identifier = ?1 AND trait = ?2 AND time >= 0)
            """,
            in: graph.db
        )
        var further: Set<Int> = []
        let places = values.indices.filter { !graph.isNew(values[$0].key.identifier) && values[$0].value.rank >= 0 }
        try query.forEach(places) { place in
            let (key, value) = values[place]
            Self.bind(query, key)
            query.bind(3, value.rank)
            query.bind(4, try graph.cache.sources.id(of: value.source, in: graph.db))
            query.bind(5, value.messageID)
        } _: { place in
            if try query.step() { further.insert(place) }
        }
        return further
    }

    /// Whether another value was seen before one with the same identifier, and in between nothing that clears with any of a person's.
    func isLate(_ told: ToldValue, among members: [Int64]) throws -> Bool {
        let former = try BulkStatement(
            """
            SELECT time FROM observation
            WHERE identifier = ?1 AND trait = ?2 AND time >= 0 AND time < ?3 ORDER BY time DESC LIMIT 1
            """,
            in: graph.db
        )
        Self.bind(former, told.key)
        former.bind(3, told.rank)
        guard try former.step() else { return false }
        let start = former.integer(0)
        former.reset()
        let clearing = try BulkStatement(
            """
            SELECT 1 FROM observation
            WHERE identifier = ?1 AND trait = ?2 AND time >= ?3 AND time <= ?4 AND value = 'null' LIMIT 1
            """,
            in: graph.db
        )
        var isCleared = false
        try clearing.forEach(members) { member in
            Self.bind(clearing, ObservationKey(identifier: member, trait: told.key.trait))
            clearing.bind(3, start)
            clearing.bind(4, told.rank)
        } _: { _ in
            if try clearing.step() { isCleared = true }
        }
        return !isCleared
    }

    private static let isOfTrait = "identifier = ?1 AND trait = ?2"

    /// There are several, if they were seen at the same time.
    private static let isLastOfTrait = """
        identifier = ?1 AND trait = ?2 AND time = (
            SELECT o.time FROM observation o WHERE o.identifier = ?1 AND o.trait = ?2 ORDER BY o.time DESC LIMIT 1)
        """

    private static func bind(_ query: BulkStatement, _ key: ObservationKey) {
        query.bind(1, key.identifier)
        query.bind(2, key.trait)
    }

    private func greatest(
        of keys: [ObservationKey],
        where condition: String
    ) throws -> [ObservationKey: SeenValue] {
        var greatest: [ObservationKey: SeenValue] = [:]
        try forEach(keys, where: condition, Self.bind) { key, _, value in
            if greatest[key].map(value.outranks) ?? true { greatest[key] = value }
        }
        return greatest
    }

    private func forEach<Element>(
        _ elements: [Element],
        where condition: String,
        _ bind: (BulkStatement, Element) -> Void,
        _ body: (Element, _ trait: Int64, SeenValue) throws -> Void
    ) throws {
        let query = try BulkStatement(
            "SELECT trait, value, time, source, message_id FROM observation WHERE \(condition)",
            in: graph.db
        )
        try query.forEach(elements) { element in
            bind(query, element)
        } _: { element in
            while try query.step() { try body(element, query.integer(0), value(in: query)) }
        }
    }

    private func value(in query: BulkStatement) throws -> SeenValue {
        SeenValue(
            value: query.text(1),
            rank: query.integer(2),
            source: try graph.cache.sources.name(of: query.integer(3), in: graph.db),
            messageID: query.text(4)
        )
    }

    // MARK: - What there is

    /// The traits that were seen with identifiers: each is looked up behind the one before it.
    func traits(of ids: [Int64]) throws -> [ObservationKey] {
        let query = try BulkStatement(
            """
            WITH RECURSIVE named (trait) AS (
                SELECT (SELECT min(o.trait) FROM observation o WHERE o.identifier = ?1)
                UNION ALL
                SELECT (SELECT min(o.trait) FROM observation o WHERE o.identifier = ?1 AND o.trait > named.trait)
                FROM named WHERE named.trait IS NOT NULL)
            SELECT trait FROM named WHERE trait IS NOT NULL
            """,
            in: graph.db
        )
        var keys: [ObservationKey] = []
        try query.forEach(ids) { id in
            query.bind(1, id)
        } _: { id in
            while try query.step() { keys.append(ObservationKey(identifier: id, trait: query.integer(0))) }
        }
        return keys
    }

    /// The ranks of what was seen with an identifier within a time, each once for each trait.
    func ranks(of id: Int64, within span: DeviceUse.Span) throws -> [(key: ObservationKey, rank: Int64)] {
        let query = try BulkStatement(
            """
            SELECT time FROM observation WHERE identifier = ?1 AND trait = ?2 AND time >= ?3 AND time < ?4
            UNION
            SELECT time FROM observation WHERE identifier = ?1 AND trait = ?2 AND time > ?5 AND time <= ?6
            """,
            in: graph.db
        )
        let (start, end) = (span.start.microseconds, span.end?.microseconds ?? .max)
        var ranks: [(key: ObservationKey, rank: Int64)] = []
        try query.forEach(traits(of: [id])) { key in
            Self.bind(query, key)
            query.bind(3, start)
            query.bind(4, end)
            // A value that only holds while there is no other has its time, negative, for a rank.
            query.bind(5, -end)
            query.bind(6, -max(start, -Int64.max))
        } _: { key in
            while try query.step() { ranks.append((key, query.integer(0))) }
        }
        return ranks.filter { start <= abs($0.rank) && abs($0.rank) < end }
    }
}
