import Events
import Identity
import IdentityRules
import MessageLog
import ServiceKit
import Store
import Topics

/// Takes people out of the store: afterwards it is what it would be had nobody ever told of them.
///
/// Their own events are taken back, and those of others are put in their place again without what is theirs. What other events say of
/// what is left is read from the log again, as for every ``Retraction``. Several people are taken out at once, since what is
/// one's on a shared device is known by the others' logins.
struct StoreForgetting {
    /// How many bytes of rules are said with each person at most, so that every log takes the record.
    private static let longestRules = 400_000

    private let persons: [(suppression: Suppression, person: ForgottenPerson)]
    /// By what each of them is known: there may be many, and many events to look at.
    private let owners: [Identifier: [Suppression]]
    /// Since when they may be known again, by the ids of the suppressions that were lifted already.
    private let lifted: [String: Timestamp]
    private let graph: WorkingGraph
    private let archive: EventArchive
    /// The events that are taken back.
    private var gone: [(event: DecodedEvent, place: EventPlace)] = []
    /// What is put in the place of others' events, by partition.
    private var rests: [Int64: [DecodedEvent]] = [:]
    /// Where these are.
    private var kept: Set<EventPlace> = []
    /// By what their times on devices are known, or were.
    private var partKeys: Set<Key128> = []

    /// Finds out what is theirs.
    ///
    /// - Parameters:
    ///   - lifted: Since when they may be known again, by the ids of the suppressions that were lifted already: what was received
    ///     from then on is put back.
    ///   - isAgain: Whether the log may have been rewritten since the store took it in.
    init(
        _ suppressions: [Suppression],
        lifted: [String: Timestamp] = [:],
        decoder: EventDecoder,
        archive: EventArchive,
        isAgain: Bool = false,
        in graph: WorkingGraph
    ) throws {
        let people = try ForgottenPerson.find(suppressions, in: graph, archive.passes)
        persons = zip(suppressions, people).map { ($0, $1) }
        owners = persons.reduce(into: [:]) { owners, one in
            for identifier in one.person.identifiers { owners[identifier, default: []].append(one.suppression) }
        }
        self.lifted = lifted
        self.graph = graph
        self.archive = archive
        for id in persons.flatMap({ $0.person.ids }) { partKeys.formUnion(try graph.partKeys(of: id)) }
        let own = persons.reduce(into: Set<EventPlace>()) { $0.formUnion($1.person.own) }
        let mentions = persons.reduce(into: Set<EventPlace>()) { $0.formUnion($1.person.mentions) }
        let events = try archive.events(at: own)
        let late: Set<EventPlace> =
            lifted.isEmpty ? [] : Set(events.filter { isLate($0.event, at: $0.place) }.map(\.place))
        gone = events.filter { !late.contains($0.place) }
        for (envelope, place) in try archive.envelopes(at: mentions.subtracting(own).union(late)) {
            let old = decoder.event(of: envelope, at: Offset(clamping: place.offset))
            let rest = rest(of: envelope).map { decoder.event(of: $0, at: Offset(clamping: place.offset)) }
            // What names nobody any more was the people's alone.
            guard let new = rest, !new.facts.identifiers.isEmpty else {
                gone.append((old, place))
                continue
            }
            guard isAgain || !lifted.isEmpty || old.copyOrder != new.copyOrder else { continue }
            gone.append((old, place))
            rests[place.partition, default: []].append(new)
            kept.insert(place)
        }
    }

    /// Whether an event was received once everybody whose it is might be known again.
    private func isLate(_ event: DecodedEvent, at place: EventPlace) -> Bool {
        persons.allSatisfy { suppression, person in
            !person.own.contains(place) || isOver(suppression, at: event.header.receivedAt)
        }
    }

    private func isOver(_ suppression: Suppression, at received: Timestamp) -> Bool {
        lifted[suppression.id].map { received >= $0 } ?? false
    }

    /// What is left of another's event; `nil` if it is one of the people's after all.
    private func rest(of envelope: EventEnvelope) -> EventEnvelope? {
        let verdict = graph.rules.verdict(on: envelope) { identifier in
            owners[identifier]?.contains { !isOver($0, at: envelope.receivedAt) } ?? false
        }
        switch verdict {
        case .keep: return envelope
        case .drop: return nil
        case .redact(let found): return graph.rules.redacted(envelope, of: found)
        }
    }

    /// The suppressions of whom more has become known than was asked for, with that.
    func extended(_ key: SuppressionKey) -> [Suppression] {
        persons.compactMap { suppression, person in
            let news = person.identifiers.subtracting(suppression.identifiers).sorted()
            guard !news.isEmpty else { return nil }
            var extended = suppression
            extended.identifiers += news
            extended.hashes += news.map(key.hash)
            extended.foldedHashes += key.foldedHashes(of: news, by: graph.rules)
            extended.profileIDs += news.map { graph.hash.key(of: $0).publicID }
            return extended
        }
    }

    /// The ids of their profiles.
    var profileIDs: [String] {
        let ids: [String] = persons.flatMap { suppression, person in
            let news = person.identifiers.subtracting(suppression.identifiers)
            return suppression.profileIDs + news.map { graph.hash.key(of: $0).publicID }
        }
        return ids + partKeys.map(\.publicID)
    }

    /// What is said of each of them.
    func said(at time: Timestamp, _ key: SuppressionKey) -> [Forgotten] {
        let text = graph.rules.briefText
        let rules = text.utf8.count <= Self.longestRules ? text : nil
        let events = Dictionary(gone.map { ($0.place, $0.event) }) { first, _ in first }
        return persons.flatMap { suppression, person in
            let own = person.own.subtracting(kept)
            let hidden = own.compactMap { events[$0] }.filter { !person.isEvidently($0) }
                .map { key.hash(ofMessage: $0.header.messageID, from: $0.header.source) }
            return Forgotten(
                suppression: suppression.id,
                events: own.count,
                messages: Set(hidden).sorted(),
                rules: rules,
                time: time
            ).parts
        }
    }

    /// What the events that are gone may have been the cause of.
    var causes: Set<Cause> {
        Set(
            gone.filter { !kept.contains($0.place) }
                .map { .event(source: $0.event.header.source, messageID: $0.event.header.messageID) }
        )
    }

    /// Does it; the graph's rows are written, the profiles' are for the caller to write.
    func run(_ newest: inout Run) throws {
        let anchors = persons.reduce(into: Set<Int64>()) { $0.formUnion($1.person.anchors) }
        for anchor in anchors.sorted() { try graph.removeEvents(of: anchor) }
        try HeirRows.forget(partKeys, in: graph.db)
        var retraction = Retraction(in: graph, archive: archive)
        try retraction.retract(gone)
        let rests = rests.sorted { $0.key < $1.key }
        let batch = try IdentifiedBatch(rests.flatMap(\.value), in: graph)
        try retraction.removeOrphans(except: batch.allIdentifiers)
        let ids = persons.reduce(into: Set<Int64>()) { $0.formUnion($1.person.ids) }
        let known = batch.allIdentifiers
        for id in ids.subtracting(graph.removed).sorted() {
            if known.contains(id) { try graph.clear(id) } else { try graph.remove(id) }
        }
        try batch.noteEvidence(in: graph)
        try graph.join()
        try graph.reanchor()
        try graph.saveNodes()
        try newest.withdraw(graph.withdrawn, in: graph.db)
        var place = 0
        for (partition, events) in rests {
            try putBack(batch[place..<place + events.count], in: partition, &newest)
            place += events.count
        }
        try retraction.restoreObservations()
        try batch.observations(in: graph).save(in: graph)
        try noteContents()
    }

    /// Puts events into the timeline again; they are counted anew with whom they belong to.
    private func putBack(_ batch: IdentifiedBatch, in partition: Int64, _ newest: inout Run) throws {
        let rows = try batch.anchored(in: graph).rows(in: graph)
        newest = newest.open
        try newest.add(rows, partition: partition, in: graph.db)
        for row in rows { graph.recounts.insert(try graph.node(row.identifier).profile) }
    }

    /// Notes of others' events what is in them now, so that a copy of that is known as one.
    ///
    /// Events that say whose they were are known no more: sent again once the person may be known again, they count. That there were
    /// others of the people is kept, by hashes of their ids: should a copy come late, it is not taken for another's.
    private func noteContents() throws {
        let update = try BulkStatement("UPDATE duplicate SET hash = ?3 WHERE bucket = ?1 AND key = ?2", in: graph.db)
        for event in rests.values.joined() {
            update.bind(1, event.bucket)
            update.bind(2, event.key.bytes)
            update.bind(3, event.copyOrder.hash)
            try update.run()
        }
        let delete = try BulkStatement("DELETE FROM duplicate WHERE bucket = ?1 AND key = ?2", in: graph.db)
        for (event, place) in gone where !kept.contains(place) && isEvidently(theirs: event) {
            for bucket in DuplicateBucket.near(event.bucket) {
                delete.bind(1, bucket)
                delete.bind(2, event.key.bytes)
                try delete.run()
            }
        }
    }

    private func isEvidently(theirs event: DecodedEvent) -> Bool {
        event.facts.identifiers.first.map { owners[$0] != nil } ?? false
    }
}
