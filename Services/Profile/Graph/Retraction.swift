import Events
import Identity
import Store

/// Takes events back: afterwards the store is what it would be without them.
///
/// What an event said is removed where it was what counted; what other events say instead is read again from the log. This is
/// for the rare: a copy that turns out to come before the one that was taken in, and a person who wants to be forgotten.
struct Retraction {
    let graph: WorkingGraph
    private let archive: EventArchive
    /// The identifiers that the retracted events name.
    private(set) var named: Set<Int64> = []
    /// The events that name any of them as well.
    private var witnesses: IdentifiedBatch?
    /// Those of which no more is known, since the log has them no more.
    private(set) var lost: [TimelineRow] = []

    init(in graph: WorkingGraph, archive: EventArchive) {
        self.graph = graph
        self.archive = archive
    }

    /// Removes events and all that only they said; called before the batch's own evidence is noted.
    mutating func retract(_ events: [(event: DecodedEvent, place: EventPlace)]) throws {
        guard !events.isEmpty else { return }
        let batch = try IdentifiedBatch(events.map(\.event), in: graph)
        var occasions: [Occasion] = []
        for (index, (event, place)) in events.enumerated() {
            let ids = batch.identifiers(ofEvent: index)
            named.formUnion(ids)
            try removeFromTimeline(event, at: place, ids)
            try removeEvidence(event, ids)
            try removeObservations(event, ids)
            occasions += ids.map { Occasion(Pair($0, $0), retracting: event.header) }
        }
        let others = try otherRows()
        let found = try archive.events(at: others.keys)
        let places = Set(found.map(\.place))
        lost = others.filter { !places.contains($0.key) }.map(\.value)
        try forgetTimes()
        let witnesses = try IdentifiedBatch(found.map(\.event), in: graph)
        try witnesses.noteEvidence(in: graph)
        try noteLostSightings(of: Self.timedPairs(of: events.map(\.event), batch))
        try noteLostLogins()
        self.witnesses = witnesses
        // What the others say is nothing new; that the events are no more is.
        graph.occasions = occasions
        graph.retracted.formUnion(named)
        for id in named { try graph.look(behind: id) }
    }

    /// Removes the identifiers that nobody names any more, except those that the batch does; called once it is identified.
    ///
    /// What people decided of them holds again once they are seen again.
    func removeOrphans(except kept: Set<Int64>) throws {
        let seen = kept.union(witnesses?.allIdentifiers ?? []).union(lost.flatMap(\.names))
        for id in named.subtracting(seen).sorted() { try graph.remove(id) }
    }

    /// Writes again what the others have seen of traits; called once it is settled who has what of divided devices.
    func restoreObservations() throws {
        try witnesses?.observations(in: graph).save(in: graph)
    }

    // MARK: - Removing

    private func removeFromTimeline(_ event: DecodedEvent, at place: EventPlace, _ ids: [Int64]) throws {
        let query = try BulkStatement(
            """
            SELECT run FROM timeline WHERE run \(graph.db.dialect.isAny(of: Run.all))
                AND identifier = ? AND time = ? AND partition = ? AND "offset" = ?
            """,
            in: graph.db
        )
        let key = [event.header.timestamp.microseconds, place.partition, place.offset]
        for anchor in try ids.flatMap({ try [$0] + graph.allParts(of: $0) }) {
            query.bind([anchor] + key)
            guard try query.step() else { continue }
            let run = query.integer(0)
            query.reset()
            let delete = try BulkStatement(
                "DELETE FROM timeline WHERE run = ? AND identifier = ? AND time = ? AND partition = ? AND \"offset\" = ?",
                in: graph.db
            )
            delete.bind([run, anchor] + key)
            try delete.run()
            graph.withdrawn[run, default: 0] += 1
            try graph.recount(anchor, in: [run])
            graph.recounts.insert(try graph.node(anchor).profile)
            return
        }
    }

    private func removeEvidence(_ event: DecodedEvent, _ ids: [Int64]) throws {
        let source = try graph.cache.sources.id(of: event.header.source, in: graph.db)
        for link in event.facts.links {
            let pair = Pair(ids[link.left], ids[link.right])
            try graph.removeSighting(of: pair, source: source, messageID: event.header.messageID)
            try graph.removeEvidence(of: pair, source: source, messageID: event.header.messageID)
        }
        let devices =
            event.facts.signedOut.map { ids[$0] }
            + event.facts.links.filter { $0.device == .login }.map { ids[$0.right] }
        for device in devices { try graph.forgetUse(of: device) }
    }

    private func removeObservations(_ event: DecodedEvent, _ ids: [Int64]) throws {
        // On the log it may say less than when it was taken in.
        guard let strongest = ids.first else { return }
        let delete = try BulkStatement(
            "DELETE FROM observation WHERE identifier = ? AND source = ? AND message_id = ?",
            in: graph.db
        )
        for node in try [strongest] + graph.allParts(of: strongest) {
            delete.bind(1, node)
            delete.bind(2, try graph.cache.sources.id(of: event.header.source, in: graph.db))
            delete.bind(3, event.header.messageID)
            try delete.run()
            graph.retold.insert(node)
        }
    }

    /// When the named were first seen is for the other events to say.
    private func forgetTimes() throws {
        for id in named where !graph.isNew(id) {
            let time = lost.lazy.filter { $0.names.contains(id) }.map(\.time).min()
            try graph.date(id, time ?? .max)
        }
    }

    // MARK: - The others

    /// The other events that name any of the identifiers, by where they are.
    private func otherRows() throws -> [EventPlace: TimelineRow] {
        var anchors = named
        for id in named { anchors.formUnion(try graph.anchors(near: id).union(graph.allParts(of: id))) }
        var rows: [EventPlace: TimelineRow] = [:]
        for anchor in anchors.sorted() where !graph.isNew(anchor) {
            rows.merge(try graph.rows(of: anchor, naming: named)) { row, _ in row }
        }
        return rows
    }
}
