import Events
import Identity
import MessageLog

/// The identifiers that events name, each once.
struct Mentions {
    /// In the order in which they are named.
    private(set) var identifiers: [Identifier] = []
    /// For each event the places of its identifiers, the strongest first.
    private(set) var places: [[Int]] = []

    init(_ events: [DecodedEvent]) {
        var known: [ExactName: Int] = [:]
        known.reserveCapacity(2 * events.count)
        places = events.map { event in
            event.facts.identifiers.map { identifier in
                let place = Self.place(in: &known[ExactName(identifier)], orNext: identifiers.count)
                if place == identifiers.count { identifiers.append(identifier) }
                return place
            }
        }
    }

    /// The place that is known, which is the next one if none is.
    private static func place(in known: inout Int?, orNext next: Int) -> Int {
        if let known { return known }
        known = next
        return next
    }
}

/// A batch with what the store has of the identifiers that it names.
struct PreparedBatch {
    private let partition: Partition
    private let range: Range<Offset>
    let mentions: Mentions
    let known: KnownIdentifiers

    /// Looks the identifiers up; nothing changes.
    init(_ batch: DecodedBatch, in graph: WorkingGraph) throws {
        partition = batch.partition
        range = batch.range
        mentions = Mentions(batch.events)
        known = try graph.lookUp(mentions.identifiers)
    }

    func isOf(_ batch: DecodedBatch) -> Bool { partition == batch.partition && range == batch.range }
}
