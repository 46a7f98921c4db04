import Events

/// Which ids of a namespace count as one towards its limit.
///
/// - Two ids that an alias or a person joins are one person's id under two names. Of a former name that aliases give to several
///   this holds for the first: whoever does not sign out on a browser leaves its id to the next, who are not the same.
/// - A system may hold a person twice (``NamespaceRule/mayRepeat``). Two such records count once if they have a mail address or
///   phone number in common that is not shared, and contradict each other on neither: of each, one has none, or they have
///   one in common. So it must be of all in a class; one in which any two contradict each other is none.
struct Sameness {
    /// For each member, the one that stands for what it counts as.
    let classes: [Int]

    init(of parts: ComponentParts) {
        let (component, names, places, states) = (parts.component, parts.names, parts.kinds.places, parts.states)
        var sets = DisjointSets(count: component.members.count)
        for (one, other) in names.equals { sets.unite(one, other) }
        // Behind one that is not whole nobody looks, so of its aliases not all are known.
        for (former, pairs) in names.pairs where states[former] == .whole {
            sets.unite(former, pairs[0].present)
        }
        for (left, right) in component.decidedTogether where places[left] == places[right] {
            sets.unite(left, right)
        }
        let records = RecordClasses(kinds: parts.kinds, neighbourhood: parts.neighbourhood, states: states)
        for records in records.whole { for other in records.dropFirst() { sets.unite(records[0], other) } }
        classes = component.members.indices.map { sets.root(of: $0) }
    }
}

/// The records of one person that a system has twice, as their addresses tell.
private struct RecordClasses {
    let kinds: MemberKinds
    let neighbourhood: Neighbourhood
    let states: [Resolution.State]

    /// The classes of which no two contradict each other.
    var whole: [[Int]] {
        guard kinds.kinds.contains(where: \.rule.mayRepeat) else { return [] }
        var sets = SparseSets()
        for address in states.indices where kinds[address].rule.isAddress && states[address] == .whole {
            for (one, other) in pairs(at: address) where agreement(of: one, with: other) == .common {
                sets.unite(one, other)
            }
        }
        return sets.sets.filter(isWhole)
    }

    /// The records of one system that have an address.
    private func pairs(at address: Int) -> [(Int, Int)] {
        let neighbours = neighbourhood[address]
        guard neighbours.count > 1 else { return [] }
        let records = Set(neighbours.filter { kinds[$0].rule.mayRepeat && states[$0] == .whole }).sorted()
        return records.indices.flatMap { place in
            records[(place + 1)...].filter { kinds.places[$0] == kinds.places[records[place]] }
                .map { (records[place], $0) }
        }
    }

    private func isWhole(_ records: [Int]) -> Bool {
        records.indices.allSatisfy { place in
            records[(place + 1)...].allSatisfy { agreement(of: records[place], with: $0) != .contradiction }
        }
    }

    private enum Agreement {
        case none
        case common
        case contradiction
    }

    private func agreement(of one: Int, with other: Int) -> Agreement {
        let (mine, theirs) = (addresses(of: one), addresses(of: other))
        var result = Agreement.none
        for (kind, values) in mine {
            guard let others = theirs[kind] else { continue }
            if values.isDisjoint(with: others) { return .contradiction }
            result = .common
        }
        return result
    }

    private func addresses(of record: Int) -> [Int: Set<Int>] {
        var addresses: [Int: Set<Int>] = [:]
        for neighbour in neighbourhood[record] where kinds[neighbour].rule.isAddress && states[neighbour] == .whole {
            addresses[kinds.places[neighbour], default: []].insert(neighbour)
        }
        return addresses
    }
}

/// Sets of a few numbers among many.
private struct SparseSets {
    private var parents: [Int: Int] = [:]

    private func root(of element: Int) -> Int {
        var element = element
        while let parent = parents[element], parent != element { element = parent }
        return element
    }

    mutating func unite(_ left: Int, _ right: Int) {
        let (one, other) = (root(of: left), root(of: right))
        parents[max(one, other)] = min(one, other)
        parents[min(one, other)] = min(one, other)
    }

    var sets: [[Int]] { Dictionary(grouping: parents.keys.sorted(), by: root).sorted { $0.key < $1.key }.map(\.value) }
}
