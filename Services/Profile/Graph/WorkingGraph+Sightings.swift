import Events
import Identity
import Store

/// Evidence of a pair with a device, of one time.
struct Sighting {
    var testimony: Testimony
    /// The turn on the device of which it is what is taken first, where nothing else of that was read.
    var turn: DeviceUse.Span?
}

/// The evidence of pairs with a device: of these, all of it is kept.
extension WorkingGraph {
    /// Takes in the evidence of pairs with a device, all of it; of what stands under one message id at one time, the strongest.
    func note(_ sightings: [Pair: Set<Testimony>]) throws {
        let told = sightings.sorted { $0.key < $1.key }
            .flatMap { pair, testimonies in testimonies.strongest.map { (pair: pair, testimony: $0) } }
        let known = try storedStrengths(of: told)
        let insert = try BulkStatement(
            """
            INSERT INTO sighting (identifier, other, strength, time, source, message_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (identifier, other, time, source, message_id) DO UPDATE SET strength = excluded.strength
            """,
            in: db
        )
        for (place, sighting) in told.enumerated() where sighting.testimony.strength > known[place] ?? .min {
            insert.bind(1, sighting.pair.first)
            insert.bind(2, sighting.pair.second)
            try bind(sighting.testimony, to: insert)
            try insert.add()
            newSightings.append(sighting)
            occasions.append(Occasion(sighting.pair, sighting.testimony))
        }
    }

    /// How strong is what there is of the same events, by their places; whatever else a pair has is not looked at.
    private func storedStrengths(of told: [(pair: Pair, testimony: Testimony)]) throws -> [Int: Int64] {
        let query = try BulkStatement(
            """
            SELECT strength FROM sighting
            WHERE identifier = ? AND other = ? AND time = ? AND source = ? AND message_id = ?
            """,
            in: db
        )
        var strengths: [Int: Int64] = [:]
        try query.forEach(told.indices.filter { !isNew(told[$0].pair.second) }) { place in
            let (pair, testimony) = told[place]
            query.bind(1, pair.first)
            query.bind(2, pair.second)
            query.bind(3, testimony.time)
            query.bind(4, try cache.sources.id(of: testimony.source, in: db))
            query.bind(5, testimony.messageID)
        } _: { place in
            if try query.step() { strengths[place] = query.integer(0) }
        }
        return strengths
    }

    // MARK: - What may count

    /// The pairs with a divided device of which there is new evidence that may count.
    ///
    /// What is taken after other evidence of the same turn does not, as long as nothing of the pair was rejected: the two are
    /// together by then, or it is refused as the other was, for what one of them is.
    func tellingSightings() throws -> [Pair] {
        let divided = try newSightings.filter { try isDivided($0.pair) }
        try loadUses(Set(divided.flatMap { [$0.pair.first, $0.pair.second] }).filter(isDevice))
        let new = try divided.map { pair, testimony in
            (pair: pair, testimony: testimony, start: try turnStart(on: pair, at: testimony.time))
        }
        let query = try BulkStatement(
            """
            SELECT strength FROM sighting
            WHERE identifier = ?1 AND other = ?2 AND time >= ?3 AND time < ?4 AND strength >= ?5
                AND (SELECT rejected FROM evidence WHERE identifier = ?1 AND other = ?2) IS NULL
            ORDER BY time DESC LIMIT 1
            """,
            in: db
        )
        var telling: Set<Pair> = []
        try query.forEach(new) { sighting in
            query.bind(1, sighting.pair.first)
            query.bind(2, sighting.pair.second)
            query.bind(3, sighting.start)
            query.bind(4, sighting.testimony.time)
            query.bind(5, sighting.testimony.strength)
        } _: { sighting in
            if try !query.step() { telling.insert(sighting.pair) }
        }
        return telling.sorted()
    }

    func isDivided(_ pair: Pair) throws -> Bool {
        try node(pair.first).state == .divided || node(pair.second).state == .divided
    }

    /// Since when the devices among two have been whose they are at a time.
    private func turnStart(on pair: Pair, at time: Int64) throws -> Int64 {
        let moment = Timestamp(microseconds: time)
        let devices = try [pair.first, pair.second].filter(isDevice)
        return try devices.map { try use(of: $0).turnStart(at: moment).microseconds }.max() ?? .min
    }

    // MARK: - Reading

    /// What there is of a pair with a device, at most so much of it.
    func sightings(
        of pair: Pair,
        within turn: DeviceUse.Span = .always,
        atMost limit: Int = .max
    ) throws -> [Testimony] {
        let query = try BulkStatement(
            """
            SELECT strength, time, source, message_id FROM sighting
            WHERE identifier = ? AND other = ? AND time >= ? AND time < ? LIMIT ?
            """,
            in: db
        )
        bind(pair, turn, to: query)
        query.bind(5, Int64(clamping: limit))
        var sightings: [Testimony] = []
        while try query.step() { sightings.append(try Testimony(query, 0, self)) }
        return sightings
    }

    /// Of each of some turns, what is taken first of a pair with a device.
    func firstSightings(of pair: Pair, in turns: [DeviceUse.Span]) throws -> [Sighting] {
        let query = try BulkStatement(
            """
            SELECT strength, time FROM sighting WHERE identifier = ? AND other = ? AND time >= ? AND time < ?
            ORDER BY strength DESC, time LIMIT 1
            """,
            in: db
        )
        var best: [(turn: DeviceUse.Span, strength: Int64, time: Int64)] = []
        try query.forEach(turns) { turn in
            bind(pair, turn, to: query)
        } _: { turn in
            if try query.step() { best.append((turn, query.integer(0), query.integer(1))) }
        }
        return try firstSightings(of: pair, best)
    }

    /// Of what is as strong as that and of the same time, what its source and message id put first.
    private func firstSightings(
        of pair: Pair,
        _ best: [(turn: DeviceUse.Span, strength: Int64, time: Int64)]
    ) throws -> [Sighting] {
        let query = try BulkStatement(
            """
            SELECT strength, time, source, message_id FROM sighting
            WHERE identifier = ? AND other = ? AND time = ? AND strength = ?
            """,
            in: db
        )
        var first: [Sighting] = []
        try query.forEach(best) { best in
            query.bind(1, pair.first)
            query.bind(2, pair.second)
            query.bind(3, best.time)
            query.bind(4, best.strength)
        } _: { best in
            var equals: [Testimony] = []
            while try query.step() { equals.append(try Testimony(query, 0, self)) }
            guard let testimony = equals.max(by: { $1.outranks($0) }) else { return }
            first.append(Sighting(testimony: testimony, turn: best.turn))
        }
        return first
    }

    private func bind(_ pair: Pair, _ turn: DeviceUse.Span, to query: BulkStatement) {
        query.bind(1, pair.first)
        query.bind(2, pair.second)
        query.bind(3, turn.start.microseconds)
        query.bind(4, turn.end?.microseconds ?? .max)
    }

    // MARK: - Removing

    /// Removes what an event said of a pair with a device.
    func removeSighting(of pair: Pair, source: Int64, messageID: String) throws {
        let delete = try BulkStatement(
            "DELETE FROM sighting WHERE identifier = ? AND other = ? AND source = ? AND message_id = ?",
            in: db
        )
        delete.bind(1, pair.first)
        delete.bind(2, pair.second)
        delete.bind(3, source)
        delete.bind(4, messageID)
        try delete.run()
    }
}

extension Sequence<Testimony> {
    /// The strongest of each event, as ``Schema/sighting`` tells events apart.
    fileprivate var strongest: [Testimony] {
        var best: [SightingKey: Testimony] = [:]
        for testimony in self {
            let event = SightingKey(testimony)
            if let known = best[event], known.strength >= testimony.strength { continue }
            best[event] = testimony
        }
        return Array(best.values)
    }
}

/// By what ``Schema/sighting`` tells the events of a pair apart.
struct SightingKey: Hashable {
    private let time: Int64
    private let source: ExactText
    private let messageID: ExactText

    init(_ testimony: Testimony) {
        time = testimony.time
        source = ExactText(testimony.source)
        messageID = ExactText(testimony.messageID)
    }
}
