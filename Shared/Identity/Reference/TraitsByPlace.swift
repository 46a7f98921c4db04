import Events

/// Folds the traits of an owner as ``TraitFold`` does, by the places of what was observed.
struct TraitsByPlace {
    private let observed: ObservedTraits
    private let events: [MemoryGraph.Happening]
    /// The places of what was observed, by the traits' names in the order of UTF-8 bytes.
    let order: [Int]

    init(_ observed: ObservedTraits, _ events: [MemoryGraph.Happening]) {
        self.observed = observed
        self.events = events
        let names = observed.names
        let sorted = names.indices.sorted { UTF8Order.precedes(names[$0], names[$1]) ?? false }
        var ranks = sorted
        for (rank, trait) in sorted.enumerated() { ranks[trait] = rank }
        let traits = observed.all.indices.map { ranks[observed.all[$0].trait] }
        order = Groups(of: traits, count: names.count).entries
    }

    /// The traits that have a value, by name in the order of UTF-8 bytes, of who has some places of ``order``.
    func traits(of places: ArraySlice<Int>) -> [(name: String, seen: SeenValue)] {
        var traits: [(name: String, seen: SeenValue)] = []
        traits.reserveCapacity(places.count)
        var rest = places
        while let first = rest.first {
            let trait = observed.all[first].trait
            let same = rest.prefix { observed.all[$0].trait == trait }
            rest = rest.dropFirst(same.count)
            if let seen = value(of: trait, at: same) { traits.append((observed.names[trait], seen)) }
        }
        return traits
    }

    private func value(of trait: Int, at places: ArraySlice<Int>) -> SeenValue? {
        if let rule = observed.rules[trait] { return rule.choose(places.map { observed.all[$0].seen(in: events) }) }
        let last = places.max { observed.all[$1].outranks(observed.all[$0], events) }
        let seen = last.map { observed.all[$0].seen(in: events) }
        return seen.flatMap { $0.isNull ? nil : $0 }
    }
}
