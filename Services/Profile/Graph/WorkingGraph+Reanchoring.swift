import Events
import Identity
import Store

extension WorkingGraph {
    /// An event of the timeline that may belong elsewhere now.
    private struct Placed {
        var run: Int64
        var partition: Int64
        var row: TimelineRow
    }

    /// What an event with these identifiers, the strongest first, is anchored to: the first that is somebody's, and of a divided
    /// device the part of who was logged in.
    func anchor(of names: [Int64], at time: Int64) throws -> Int64 {
        for name in names where try !node(name).isNobodys { return try node(of: name, at: time) }
        return names.last ?? 0
    }

    /// Gives the events and traits of identifiers that have become something else, or are divided otherwise, to whom they belong
    /// now.
    func reanchor() throws {
        for (device, span) in redivided.sorted(by: { $0.key < $1.key }) {
            for node in try [device] + allParts(of: device).sorted() {
                try moveEvents(of: node, within: span)
                try moveObservations(of: node, within: span)
            }
        }
        for id in restated.sorted() where !isNew(id) {
            if try !node(id).isNobodys {
                try recall(id)
            } else if redivided[id] == nil {
                try moveEvents(of: id)
            }
        }
    }

    /// The parts that there are of a device, and those that there were.
    func allParts(of device: Int64) throws -> [Int64] {
        let removed = try removed.filter { try node($0).part?.device == device }
        return try Array(parts(of: device).values) + removed
    }

    /// Gives back to an identifier that is somebody's again what it is the strongest of.
    private func recall(_ id: Int64) throws {
        for anchor in try anchors(near: id).sorted() { try moveEvents(of: anchor, naming: id) }
    }

    /// What events that name an identifier may be anchored to, if not to it: its neighbours, and those of neighbours that are nobody's,
    /// and their parts.
    ///
    /// What an event is anchored to has evidence to the strongest that the event names: that is the identifier, or it is a
    /// neighbour of it that is nobody's, and no weaker.
    func anchors(near id: Int64) throws -> Set<Int64> {
        var anchors: Set<Int64> = []
        for neighbour in try neighbours(of: id) {
            anchors.insert(neighbour)
            let isPassedOver = try node(neighbour).isNobodys && priority(of: neighbour) <= priority(of: id)
            if isPassedOver { anchors.formUnion(try neighbours(of: neighbour)) }
        }
        anchors.remove(id)
        for anchor in anchors { anchors.formUnion(try allParts(of: anchor)) }
        return anchors
    }

    private func priority(of id: Int64) throws -> Int { rules[try node(id).identifier.namespace].priority }

    /// The identifiers that there is evidence to, at most so many of them.
    func neighbours(of id: Int64, atMost limit: Int = .max) throws -> [Int64] {
        let query = try BulkStatement("SELECT other FROM evidence WHERE identifier = ? LIMIT ?", in: db)
        query.bind(1, id)
        query.bind(2, Int64(clamping: limit))
        var neighbours: [Int64] = []
        while try query.step() { neighbours.append(query.integer(0)) }
        return neighbours
    }

    /// The events that are anchored to an identifier and name any of some others, or are theirs alone, by where they are.
    func rows(of anchor: Int64, naming names: Set<Int64>) throws -> [EventPlace: TimelineRow] {
        let events = try events(of: anchor, within: nil).filter { $0.row.names.contains(where: names.contains) }
        let rows = events.map { (EventPlace(partition: $0.partition, offset: $0.row.offset), $0.row) }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Where the events are that are anchored to an identifier, all or those of one time.
    func places(of anchor: Int64, at time: Int64? = nil) throws -> Set<EventPlace> {
        let span = time.map { time in
            DeviceUse.Span(start: Timestamp(microseconds: time), end: Timestamp(microseconds: time + 1))
        }
        return Set(
            try events(of: anchor, within: span).map { EventPlace(partition: $0.partition, offset: $0.row.offset) }
        )
    }

    // MARK: - Events

    private func moveEvents(of id: Int64, within span: DeviceUse.Span? = nil, naming name: Int64? = nil) throws {
        guard !isNew(id) else { return }
        var moved: [Placed] = []
        for event in try events(of: id, within: span) where name.map({ event.row.names.contains($0) }) ?? true {
            // One of them may have been forgotten when the event was no more on the log.
            let names = try event.row.names.filter(isKnown)
            let target = try names.isEmpty ? id : anchor(of: names, at: event.row.time)
            guard target != id else { continue }
            try move(event, to: target)
            moved.append(event)
            recounts.insert(try node(target).profile)
        }
        guard !moved.isEmpty else { return }
        try recount(id, in: Set(moved.map(\.run)))
        recounts.insert(ActivityRows.heir(of: try node(id).profile, successors))
    }

    private func events(of id: Int64, within span: DeviceUse.Span?) throws -> [Placed] {
        let query = try BulkStatement(
            """
            SELECT run, time, partition, "offset", source, event, names FROM timeline
            WHERE run \(db.dialect.isAny(of: "\(Run.all) WHERE last >= ?2 AND first < ?3"))
                AND identifier = ?1 AND time >= ?2 AND time < ?3
            """,
            in: db
        )
        query.bind(1, id)
        query.bind(2, span?.start.microseconds ?? .min)
        query.bind(3, span?.end?.microseconds ?? .max)
        let base = try node(id).part?.device ?? id
        var events: [Placed] = []
        while try query.step() {
            events.append(
                Placed(
                    run: query.integer(0),
                    partition: query.integer(2),
                    row: TimelineRow(
                        identifier: id,
                        time: query.integer(1),
                        offset: query.integer(3),
                        source: query.integer(4),
                        event: query.integer(5),
                        names: query.isNull(6) ? [base] : NamedIdentifiers.decode(query.bytes(6))
                    )
                )
            )
        }
        return events
    }

    private func move(_ event: Placed, to target: Int64) throws {
        let delete = try BulkStatement(
            "DELETE FROM timeline WHERE run = ? AND identifier = ? AND time = ? AND partition = ? AND \"offset\" = ?",
            in: db
        )
        delete.bind([event.run, event.row.identifier, event.row.time, event.partition, event.row.offset])
        try delete.run()
        var row = event.row
        row.identifier = target
        try row.insert(by: TimelineRow.insertion(in: db), run: event.run, partition: event.partition)
        let addition = try Tally.addition(in: db)
        let key = TallyKey(identifier: target, event: row.event, source: row.source)
        Tally(count: 1, first: row.time, last: row.time).bind(key, run: event.run, to: addition)
        try addition.run()
    }

    /// Counts again what an identifier still has in some runs.
    func recount(_ id: Int64, in runs: Set<Int64>) throws {
        let delete = try BulkStatement("DELETE FROM tally WHERE run = ? AND identifier = ?", in: db)
        let insert = try BulkStatement(
            """
            INSERT INTO tally (run, identifier, event, source, count, first, last)
            SELECT run, identifier, event, source, count(*), min(time), max(time) FROM timeline
            WHERE run = ? AND identifier = ? GROUP BY run, identifier, event, source
            """,
            in: db
        )
        for run in runs.sorted() {
            for statement in [delete, insert] {
                statement.bind(1, run)
                statement.bind(2, id)
                try statement.run()
            }
        }
    }

    // MARK: - Observations

    private func moveObservations(of id: Int64, within span: DeviceUse.Span) throws {
        guard !isNew(id) else { return }
        let device = try node(id).part?.device ?? id
        let replaced = try BulkStatement(
            """
            DELETE FROM observation WHERE identifier = ?3 AND trait = ?4 AND time = ?2 AND EXISTS (
                SELECT 1 FROM observation o WHERE o.identifier = ?1 AND o.trait = ?4 AND o.time = ?2
                    AND o.source = observation.source AND o.message_id = observation.message_id)
            """,
            in: db
        )
        let update = try BulkStatement(
            "UPDATE observation SET identifier = ?3 WHERE identifier = ?1 AND trait = ?4 AND time = ?2",
            in: db
        )
        for (key, rank) in try StoredObservations(in: self).ranks(of: id, within: span) {
            let target = try node(of: device, at: abs(rank))
            guard target != id else { continue }
            for statement in [replaced, update] {
                statement.bind([id, rank, target, key.trait])
                try statement.run()
            }
            retold.formUnion([id, target])
        }
    }
}

/// The identifiers of an event, as ``Schema/timeline`` keeps them.
enum NamedIdentifiers {
    static func encode(_ ids: some Collection<Int64>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * 8)
        for id in ids { withUnsafeBytes(of: id.bigEndian) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [Int64] {
        bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 7, by: 8).map {
                Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
            }
        }
    }
}
