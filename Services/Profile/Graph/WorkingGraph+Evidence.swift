import Events
import Identity
import Store

extension WorkingGraph {
    /// Whether the evidence could matter, as far as one can say without the store.
    func mayMatter(_ pair: Pair, strength: Int64, time: Int64) -> Bool {
        guard let known = weights[pair] ?? cache.evidence[pair] else { return true }
        if strength != known.strength { return strength > known.strength }
        return time <= known.time
    }

    /// Takes in the best evidence of the batch for each pair.
    func note(_ evidence: [Pair: Testimony]) throws {
        // Of an identifier that is new there was none.
        let stored: [Pair: Testimony] = try stored(evidence.keys.filter { !isNew($0.second) })
        var new: [(pair: Pair, testimony: Testimony)] = []
        var better: [(pair: Pair, testimony: Testimony)] = []
        for (pair, testimony) in evidence.sorted(by: { $0.key < $1.key }) {
            if let known = stored[pair], !testimony.outranks(known) {
                weights[pair] = GraphCache.Weight(strength: known.strength, time: known.time)
                continue
            }
            try reconsiderNames(pair, testimony, stored[pair])
            weights[pair] = GraphCache.Weight(strength: testimony.strength, time: testimony.time)
            occasions.append(Occasion(pair, testimony))
            if stored[pair] == nil { new.append((pair, testimony)) } else { better.append((pair, testimony)) }
        }
        try insert(new)
        try improve(better)
        newPairs += new.map(\.pair)
        betterPairs += better.map(\.pair)
    }

    /// Has it decided anew whose former names two are, where new or better evidence of an alias may say otherwise.
    ///
    /// It may even make one shared, as no other evidence between two of one namespace does.
    private func reconsiderNames(_ pair: Pair, _ testimony: Testimony, _ known: Testimony?) throws {
        let strength = Strength(testimony.strength)
        guard strength.isAlias, try known != nil || areAlike(pair) else { return }
        retracted.formUnion([pair.first, pair.second])
        guard let known, strength.isTurned(from: Strength(known.strength)) else { return }
        for end in [pair.first, pair.second] { try look(behind: end) }
    }

    /// Whether both are of one namespace, so that one may be the other's former name.
    private func areAlike(_ pair: Pair) throws -> Bool {
        try node(pair.first).identifier.namespace == node(pair.second).identifier.namespace
    }

    /// The identifiers that there is evidence to, at most so many, with the evidence.
    func testimonies(of id: Int64, limit: Int) throws -> [(other: Int64, testimony: Testimony)] {
        // Every pair stands twice, and only the row whose first is the lesser says more than that.
        let query = try BulkStatement(
            """
            SELECT e.strength, e.time, e.source, e.message_id, side.other
            FROM evidence side CROSS JOIN evidence e
            WHERE e.identifier = \(db.dialect.least)(side.identifier, side.other)
                AND e.other = \(db.dialect.greatest)(side.identifier, side.other) AND side.identifier = ?1 LIMIT ?2
            """,
            in: db
        )
        query.bind(1, id)
        query.bind(2, Int64(limit))
        var testimonies: [(Int64, Testimony)] = []
        while try query.step() { testimonies.append((query.integer(4), try Testimony(query, 0, self))) }
        return testimonies
    }

    /// Removes the evidence of a pair, if it is that of an event.
    func removeEvidence(of pair: Pair, source: Int64, messageID: String) throws {
        let query = try BulkStatement(
            "SELECT 1 FROM evidence WHERE identifier = ? AND other = ? AND source = ? AND message_id = ?",
            in: db
        )
        query.bind(1, pair.first)
        query.bind(2, pair.second)
        query.bind(3, source)
        query.bind(4, messageID)
        guard try query.step() else { return }
        query.reset()
        try removeRows(of: pair, in: "evidence")
        // Whatever comes now counts more.
        weights[pair] = GraphCache.Weight(strength: .min, time: .max)
    }

    /// Removes all evidence of a pair.
    func removePair(_ pair: Pair) throws {
        try removeRows(of: pair, in: "evidence")
        try removeRows(of: pair, in: "sighting")
        weights[pair] = GraphCache.Weight(strength: .min, time: .max)
    }

    private func removeRows(of pair: Pair, in table: String) throws {
        let delete = try BulkStatement("DELETE FROM \(table) WHERE identifier = ? AND other = ?", in: db)
        for (one, other) in [(pair.first, pair.second), (pair.second, pair.first)] {
            delete.bind(1, one)
            delete.bind(2, other)
            try delete.run()
        }
    }

    /// The evidence that counts of some pairs.
    func stored(_ pairs: some Sequence<Pair>) throws -> [Pair: Testimony] {
        let query = try BulkStatement(
            "SELECT strength, time, source, message_id FROM evidence WHERE identifier = ? AND other = ?",
            in: db
        )
        var stored: [Pair: Testimony] = [:]
        try query.forEach(pairs.sorted()) { pair in
            query.bind(1, pair.first)
            query.bind(2, pair.second)
        } _: { pair in
            if try query.step() { stored[pair] = try Testimony(query, 0, self) }
        }
        return stored
    }

    /// Adds pairs, in their order, each from both sides.
    private func insert(_ evidence: [(pair: Pair, testimony: Testimony)]) throws {
        let insert = try BulkStatement(
            """
            INSERT INTO evidence (identifier, other, strength, time, source, message_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """,
            in: db
        )
        for (pair, testimony) in evidence {
            insert.bind(1, pair.first)
            insert.bind(2, pair.second)
            try bind(testimony, to: insert)
            try insert.add()
        }
        for column in Int32(3)...6 { insert.bindNull(column) }
        // Sorted as well: neighbours in the table are written together.
        for pair in evidence.map(\.pair).sorted(by: { ($0.second, $0.first) < ($1.second, $1.first) }) {
            insert.bind(1, pair.second)
            insert.bind(2, pair.first)
            try insert.add()
        }
    }

    private func improve(_ evidence: [(pair: Pair, testimony: Testimony)]) throws {
        let update = try BulkStatement(
            """
            UPDATE evidence SET strength = ?3, time = ?4, source = ?5, message_id = ?6
            WHERE identifier = ?1 AND other = ?2
            """,
            in: db
        )
        for (pair, testimony) in evidence {
            update.bind(1, pair.first)
            update.bind(2, pair.second)
            try bind(testimony, to: update)
            try update.add()
        }
    }

    func bind(_ testimony: Testimony, to statement: BulkStatement) throws {
        statement.bind(3, testimony.strength)
        statement.bind(4, testimony.time)
        statement.bind(5, try cache.sources.id(of: testimony.source, in: db))
        statement.bind(6, testimony.messageID)
    }
}
