import Events
import Identity

/// The identifiers that events name, each once.
struct Mentions: Sendable {
    /// In the order in which they are named.
    private(set) var identifiers: [Identifier] = []
    /// What the store knows each by.
    private(set) var keys: [Key128] = []
    /// For each event the places of its identifiers, the strongest first.
    private(set) var places: [[Int]] = []

    init(_ events: [DecodedEvent], by hash: KeyedHash) {
        var known: [ExactName: Int] = [:]
        known.reserveCapacity(2 * events.count)
        places = events.map { event in
            event.facts.identifiers.map { identifier in
                let place = Self.place(in: &known[ExactName(identifier)], orNext: identifiers.count)
                if place == identifiers.count { identifiers.append(identifier) }
                return place
            }
        }
        keys = identifiers.map(hash.key)
    }

    /// The place that is known, which is the next one if none is.
    private static func place(in known: inout Int?, orNext next: Int) -> Int {
        if let known { return known }
        known = next
        return next
    }
}
