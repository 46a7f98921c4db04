import Events

/// What each member of a component is, from direct evidence alone, before anything is resolved.
struct Sharedness {
    private let component: Component
    private let rules: Rules
    private let kinds: MemberKinds
    private let neighbourhood: Neighbourhood
    private let claimed: Set<Int>
    private let names: AliasNames

    init(of component: Component, kinds: MemberKinds, neighbourhood: Neighbourhood, names: AliasNames, rules: Rules) {
        self.component = component
        self.rules = rules
        self.kinds = kinds
        self.neighbourhood = neighbourhood
        claimed = Set(component.decidedTogether.flatMap { [$0.left, $0.right] })
        self.names = names
    }

    var states: [Resolution.State] { component.members.indices.map(state) }

    private func state(of place: Int) -> Resolution.State {
        let isKnownShared = component.members[place].isKnownShared
        guard isKnownShared || isCrowded(place) else { return .whole }
        let counts = strongerNeighbours(of: place)
        let rule = kinds[place].rule
        let isShared =
            isKnownShared || Set(neighbourhood[place]).count > rules.degreeLimit
            || names.successors(of: place) > rule.shareThreshold
            || counts.contains { kind, count in
                count > (kinds.kinds[kind].rule.isUnique ? rule.shareThreshold : rule.weakShareThreshold)
            }
        let isDivided = rule.isDevice && counts.contains { kinds.kinds[$0.key].rule.isLogin && $0.value > 1 }
        guard isShared || isDivided else { return .whole }
        if claimed.contains(place) { return .claimed }
        return isShared ? .shared : .divided
    }

    /// Whether there is evidence enough to ask what it is to.
    private func isCrowded(_ place: Int) -> Bool {
        let rule = kinds[place].rule
        let patience = rule.isDevice ? 1 : min(rule.shareThreshold, rule.weakShareThreshold, rules.degreeLimit)
        return neighbourhood[place].count > patience
    }

    /// How many distinct values of each stronger kind there is evidence to.
    private func strongerNeighbours(of place: Int) -> [Int: Int] {
        let priority = kinds[place].rule.priority
        var counts: [Int: Int] = [:]
        for neighbour in Set(neighbourhood[place]) where kinds[neighbour].rule.priority < priority {
            counts[kinds.places[neighbour], default: 0] += 1
        }
        return counts
    }
}
