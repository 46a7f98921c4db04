/// How many identifiers of each kind a set of nodes has, those that count as one only once.
struct Holdings {
    private(set) var counts: [Int: Int]
    /// The classes of several nodes that it has some of, each with its kind.
    private var repeated: [Int: Int] = [:]

    /// What a node holds: something of a kind; of a class, if there are others that count as the same.
    init(kind: Int, class repeated: Int?) {
        counts = [kind: 1]
        if let repeated { self.repeated[repeated] = kind }
    }

    mutating func formUnion(_ other: Holdings) {
        counts.merge(other.counts, uniquingKeysWith: +)
        for (known, kind) in other.repeated where repeated.updateValue(kind, forKey: known) != nil {
            counts[kind, default: 1] -= 1
        }
    }

    /// The kinds of which several sets have more together than a limit allows.
    ///
    /// A person's decision may put more together than that; then only what adds to them breaks it.
    static func excess(of sets: [Holdings], _ kinds: MemberKinds) -> [Int] {
        guard var union = sets.first else { return [] }
        for set in sets.dropFirst() { union.formUnion(set) }
        return union.counts.filter { kind, count in
            count > kinds.kinds[kind].rule.limit && sets.allSatisfy { count > $0.counts[kind] ?? 0 }
        }.map(\.key)
    }
}
