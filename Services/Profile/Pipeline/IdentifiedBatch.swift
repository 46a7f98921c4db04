import Events
import Identity
import MessageLog
import Topics

/// A batch's events with the numbers of the identifiers they name.
struct IdentifiedBatch {
    private let events: [DecodedEvent]
    /// For each event, the numbers of its identifiers, strongest first.
    private let numbers: [[Int64]]

    /// Finds or makes the identifiers of the events.
    init(_ events: [DecodedEvent], in graph: WorkingGraph) throws {
        let mentions = Mentions(events, by: graph.hash)
        try self.init(events, mentions.places, of: mentions, graph.lookUp(mentions), in: graph)
    }

    /// Makes those identifiers that are not there of a batch's events, or of some of them, given by their places.
    init(_ places: [Int], of batch: DecodedBatch, _ prepared: PreparedBatch, in graph: WorkingGraph) throws {
        let named = places.map { batch.mentions.places[$0] }
        let events = places.map { batch.events[$0] }
        try self.init(events, named, of: batch.mentions, prepared.numbers, in: graph)
    }

    private init(
        _ events: [DecodedEvent],
        _ named: [[Int]],
        of mentions: Mentions,
        _ known: [Int64],
        in graph: WorkingGraph
    ) throws {
        var times = Array(repeating: Int64.max, count: mentions.identifiers.count)
        for (event, places) in zip(events, named) {
            for place in places { times[place] = min(times[place], event.header.timestamp.microseconds) }
        }
        let ids = try graph.identify(mentions, at: times, known)
        self.events = events
        numbers = named.map { $0.map { ids[$0] } }
    }

    private init(events: ArraySlice<DecodedEvent>, numbers: ArraySlice<[Int64]>) {
        self.events = Array(events)
        self.numbers = Array(numbers)
    }

    /// Some of the events.
    subscript(places: Range<Int>) -> IdentifiedBatch {
        IdentifiedBatch(events: events[places], numbers: numbers[places])
    }

    /// The numbers of an event's identifiers, the strongest first.
    func identifiers(ofEvent index: Int) -> [Int64] { numbers[index] }

    /// The numbers of all identifiers that are named.
    var allIdentifiers: Set<Int64> { Set(numbers.joined()) }

    /// Notes of each pair the evidence that counts most, and what happened on devices.
    func noteEvidence(in graph: WorkingGraph) throws {
        var best: [Pair: Testimony] = [:]
        var sightings: [Pair: Set<Testimony>] = [:]
        var logins: [Int64: [WorkingGraph.LoginMark]] = [:]
        for (event, ids) in zip(events, numbers) {
            let time = event.header.timestamp.microseconds
            func mark(_ login: Int64?) -> WorkingGraph.LoginMark {
                let cause = Cause.event(source: event.header.source, messageID: event.header.messageID)
                return WorkingGraph.LoginMark(time: time, login: login, cause: cause)
            }
            for link in event.facts.links {
                let pair = Pair(ids[link.left], ids[link.right])
                if link.device == .login {
                    logins[ids[link.right], default: []].append(mark(ids[link.left]))
                }
                let isTimed = link.device == .inTurn
                guard isTimed || graph.mayMatter(pair, strength: link.strength.value, time: time) else { continue }
                let testimony = Testimony(event.header, link.strength)
                if isTimed { sightings[pair, default: []].insert(testimony) }
                if let known = best[pair], !testimony.outranks(known) { continue }
                best[pair] = testimony
            }
            for place in event.facts.signedOut { logins[ids[place], default: []].append(mark(nil)) }
        }
        try graph.note(best)
        try graph.note(sightings)
        try graph.note(logins)
    }

    /// The traits that the batch has seen; called once it is settled who has what of divided devices.
    func observations(in graph: WorkingGraph) throws -> Observations {
        var observations = Observations()
        for (event, ids) in zip(events, numbers) {
            guard let strongest = ids.first, !event.facts.observations.isEmpty else { continue }
            let isOfDevice = event.facts.isOfDevice
            for seen in event.facts.observations {
                let trait = try graph.cache.traits.id(of: seen.trait, in: graph.db)
                let value = SeenValue(
                    value: seen.value,
                    rank: SeenValue.rank(at: event.header.timestamp, isInitial: seen.isInitial),
                    source: event.header.source,
                    messageID: event.header.messageID
                )
                // By the time that is kept of it, as when it moves.
                let owner = isOfDevice ? try graph.node(of: strongest, at: value.time.microseconds) : strongest
                observations.add(
                    value,
                    for: ObservationKey(identifier: owner, trait: trait),
                    graph.rules.traits[seen.trait] != nil ? .choices : isOfDevice ? .turns : .last
                )
            }
        }
        return observations
    }

    /// The events with their anchors; called once it is settled who is shared.
    func anchored(in graph: WorkingGraph) throws -> AnchoredBatch {
        var anchored: [AnchoredBatch.Event] = []
        anchored.reserveCapacity(events.count)
        for (event, ids) in zip(events, numbers) {
            let anchor = try graph.anchor(of: ids, at: event.header.timestamp.microseconds)
            anchored.append(AnchoredBatch.Event(event: event, anchor: anchor, names: ids))
        }
        return AnchoredBatch(events: anchored)
    }
}

extension Testimony {
    fileprivate init(_ header: EventHeader, _ strength: Strength) {
        self.init(
            strength: strength.value,
            time: header.timestamp.microseconds,
            source: header.source,
            messageID: header.messageID
        )
    }
}
