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

    init(of component: Component, kinds: MemberKinds) {
        let pairs = component.evidence.indices.lazy
            .filter { component.evidence[$0].strength.isAlias }
            .map { Self.pair($0, component) }
            .filter { kinds.places[$0.former] == kinds.places[$0.present] }
        self.pairs = Dictionary(grouping: pairs, by: \.former).mapValues { pairs in
            pairs.sorted { component.precedes($0.evidence, $1.evidence) }
        }
    }

    /// How many others are said to have had a name before.
    func successors(of former: Int) -> Int { pairs[former]?.count ?? 0 }

    private static func pair(_ place: Int, _ component: Component) -> Pair {
        let evidence = component.evidence[place]
        let (left, right) = (component.members[evidence.left].identifier, component.members[evidence.right].identifier)
        let isLeftFormer = (left < right) != evidence.strength.isFromGreater
        return Pair(
            former: isLeftFormer ? evidence.left : evidence.right,
            present: isLeftFormer ? evidence.right : evidence.left,
            evidence: place
        )
    }
}
