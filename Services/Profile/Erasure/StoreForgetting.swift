import Events
import GRDB
import Identity
import MessageLog
import Store
import Topics

/// Takes a person out of the store: afterwards it is what it would be had nobody ever told of them.
///
/// The person's own events are taken back, and those of others are put in their place again without what is the person's. What
/// other events say of what is left is read from the log again, as for every ``Retraction``.
struct StoreForgetting {
    private let person: ForgottenPerson
    private let graph: WorkingGraph
    private let archive: EventArchive
    /// The events that are taken back.
    private var gone: [(event: DecodedEvent, place: EventPlace)] = []
    /// What is put in the place of others' events, by partition.
    private var rests: [Int64: [DecodedEvent]] = [:]

    init(
        _ suppression: Suppression,
        decoder: EventDecoder,
        archive: EventArchive,
        in graph: WorkingGraph
    ) throws {
        person = try ForgottenPerson(suppression, in: graph)
        self.graph = graph
        self.archive = archive
        gone = try archive.events(at: person.own)
        for (envelope, place) in try archive.envelopes(at: person.mentions) {
            let old = decoder.event(of: envelope, at: Offset(clamping: place.offset))
            guard let rest = person.rest(of: envelope) else {
                gone.append((old, place))
                continue
            }
            let new = decoder.event(of: rest, at: Offset(clamping: place.offset))
            guard old.copyOrder != new.copyOrder else { continue }
            gone.append((old, place))
            rests[place.partition, default: []].append(new)
        }
    }

    /// How many events the person's timeline had.
    var count: Int { person.own.count }

    /// What the events that are gone may have been the cause of.
    var causes: Set<Cause> {
        Set(
            gone.filter { !isKept($0.event, $0.place) }
                .map { .event(source: $0.event.header.source, messageID: $0.event.header.messageID) }
        )
    }

    /// The person's events that cannot be known as such from what is in them, by the names of their partitions.
    func places(_ names: [Int64: String]) -> [String: [UInt64]] {
        var places: [String: [UInt64]] = [:]
        for (event, place) in gone where !person.isEvidently(event) && !isKept(event, place) {
            guard let name = names[place.partition] else { continue }
            places[name, default: []].append(UInt64(place.offset))
        }
        return places.mapValues { $0.sorted() }
    }

    private func isKept(_ event: DecodedEvent, _ place: EventPlace) -> Bool {
        rests[place.partition]?.contains { $0.offset == event.offset } ?? false
    }

    /// Does it; the graph's rows are written, the profiles' are for the caller to write.
    func run(_ newest: inout Run) throws {
        var retraction = Retraction(in: graph, archive: archive)
        try retraction.retract(gone)
        let batches = try rests.sorted { $0.key < $1.key }.map { partition, events in
            (partition, try IdentifiedBatch(events, in: graph))
        }
        try retraction.removeOrphans(except: batches.reduce(into: []) { $0.formUnion($1.1.allIdentifiers) })
        for id in person.ids.subtracting(graph.removed).sorted() { try graph.remove(id) }
        for (_, batch) in batches { try batch.noteEvidence(in: graph) }
        try graph.join()
        try graph.reanchor()
        try graph.saveNodes()
        try newest.withdraw(graph.withdrawn, in: graph.db)
        for (partition, batch) in batches { try putBack(batch, in: partition, &newest) }
        try retraction.restoreObservations()
        for (_, batch) in batches { try batch.observations(in: graph).save(in: graph) }
        try forgetCopies()
    }

    /// Puts events into the timeline again; they are counted anew with whom they belong to.
    private func putBack(_ batch: IdentifiedBatch, in partition: Int64, _ newest: inout Run) throws {
        let rows = try batch.anchored(in: graph).rows(in: graph)
        newest = newest.open
        try newest.add(rows, partition: partition, in: graph.db)
        for row in rows { graph.recounts.insert(try graph.node(row.identifier).profile) }
    }

    /// Forgets by what copies of the events would be known; of those that are left it is their new content.
    private func forgetCopies() throws {
        let delete = try BulkStatement("DELETE FROM duplicate WHERE bucket = ? AND key = ?", in: graph.db)
        for (event, place) in gone where !isKept(event, place) {
            delete.bind(1, event.bucket)
            delete.bind(2, event.key.bytes)
            try delete.run()
        }
        let update = try BulkStatement("UPDATE duplicate SET hash = ?3 WHERE bucket = ?1 AND key = ?2", in: graph.db)
        for event in rests.values.joined() {
            update.bind(1, event.bucket)
            update.bind(2, event.key.bytes)
            update.bind(3, event.copyOrder.hash)
            try update.run()
        }
    }
}
