import Events

/// Folds the traits of an owner as ``TraitFold`` does, by the places of what was observed.
struct TraitsByPlace {
    private let observed: ObservedTraits
    private let events: [MemoryGraph.Happening]
    /// Of each trait, its place among the names in the order of UTF-8 bytes.
    private let ranks: [Int]

    init(_ observed: ObservedTraits, _ events: [MemoryGraph.Happening]) {
        self.observed = observed
        self.events = events
        let names = observed.names
        let sorted = names.indices.sorted { UTF8Order.precedes(names[$0], names[$1]) ?? false }
        var ranks = sorted
        for (rank, trait) in sorted.enumerated() { ranks[trait] = rank }
        self.ranks = ranks
    }

    /// The traits that have a value, by name in the order of UTF-8 bytes, of who has what was observed at some places.
    func traits(of places: ArraySlice<Int>) -> [(name: String, seen: SeenValue)] {
        var traits: [(name: String, seen: SeenValue)] = []
        var rest = sorted(places)[...]
        while let first = rest.first {
            let trait = observed.all[first].trait
            let same = rest.prefix { observed.all[$0].trait == trait }
            rest = rest.dropFirst(same.count)
            if let seen = value(of: trait, at: same) { traits.append((observed.names[trait], seen)) }
        }
        return traits
    }

    private func sorted(_ places: ArraySlice<Int>) -> [Int] {
        places.sorted { ranks[observed.all[$0].trait] < ranks[observed.all[$1].trait] }
    }

    private func value(of trait: Int, at places: ArraySlice<Int>) -> SeenValue? {
        if let rule = observed.rules[trait] { return rule.choose(places.map { observed.all[$0].seen(in: events) }) }
        let last = places.max { observed.all[$1].outranks(observed.all[$0], events) }
        let seen = last.map { observed.all[$0].seen(in: events) }
        return seen.flatMap { $0.isNull ? nil : $0 }
    }
}
