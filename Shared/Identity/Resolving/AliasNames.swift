import Events

/// Which members of a component are former names of others of their namespace, as aliases say.
struct AliasNames {
    /// Two members, of which the one is the former name of the other.
    struct Pair {
        let former: Int
        let present: Int
        /// The place of the evidence.
        let evidence: Int
    }

    /// For each former name, what aliases say it is now, the first first.
    let pairs: [Int: [Pair]]
    /// Two that are the same, of which nobody knows which is the former name.
    let equals: [(Int, Int)]

    init(of component: Component, kinds: MemberKinds) {
        let aliases = component.evidence.indices.filter { place in
            let evidence = component.evidence[place]
            return evidence.strength.isAlias && kinds.places[evidence.left] == kinds.places[evidence.right]
        }
        let known = aliases.compactMap { Self.pair($0, component) }
        pairs = Dictionary(grouping: known, by: \.former).mapValues { pairs in
            pairs.sorted { component.precedes($0.evidence, $1.evidence) }
        }
        equals = aliases.map { component.evidence[$0] }.filter { $0.strength.isFromGreater == nil }
            .map { ($0.left, $0.right) }
    }

    /// How many others are said to have had a name before.
    func successors(of former: Int) -> Int { pairs[former]?.count ?? 0 }

    private static func pair(_ place: Int, _ component: Component) -> Pair? {
        let evidence = component.evidence[place]
        guard let isFromGreater = evidence.strength.isFromGreater else { return nil }
        let (left, right) = (component.members[evidence.left].identifier, component.members[evidence.right].identifier)
        let isLeftFormer = (left < right) != isFromGreater
        return Pair(
            former: isLeftFormer ? evidence.left : evidence.right,
            present: isLeftFormer ? evidence.right : evidence.left,
            evidence: place
        )
    }
}
