import Events

/// What each member of a component is, from direct evidence alone, before anything is resolved.
struct Sharedness {
    private let component: Component
    private let rules: Rules
    /// For each member, those that evidence joins it to, each once.
    private let neighbours: [[Int]]
    private let claimed: Set<Int>

    init(of component: Component, rules: Rules) {
        self.component = component
        self.rules = rules
        var neighbours: [[Int]] = Array(repeating: [], count: component.members.count)
        for evidence in component.evidence {
            neighbours[evidence.left].append(evidence.right)
            neighbours[evidence.right].append(evidence.left)
        }
        self.neighbours = neighbours
        claimed = Set(component.decisions.filter { $0.verdict == .together }.flatMap { [$0.left, $0.right] })
    }

    var states: [Resolution.State] { component.members.indices.map(state) }

    private func state(of place: Int) -> Resolution.State {
        let member = component.members[place]
        let rule = rules[member.identifier.namespace]
        let counts = strongerNeighbours(of: place, priority: rule.priority)
        let isShared =
            member.isKnownShared
            || neighbours[place].count > rules.degreeLimit
                && Set(neighbours[place]).count > rules.degreeLimit
            || counts.values.contains { $0 > rule.shareThreshold }
        let isDivided = rule.isDevice && counts.contains { rules[$0.key].isLogin && $0.value > 1 }
        guard isShared || isDivided else { return .whole }
        if claimed.contains(place) { return .claimed }
        return isShared ? .shared : .divided
    }

    /// How many distinct values of each stronger namespace there is evidence to.
    private func strongerNeighbours(of place: Int, priority: Int) -> [String: Int] {
        guard neighbours[place].count > 1 else { return [:] }
        var counts: [String: Int] = [:]
        for neighbour in Set(neighbours[place]) {
            let namespace = component.members[neighbour].identifier.namespace
            if rules[namespace].priority < priority { counts[namespace, default: 0] += 1 }
        }
        return counts
    }
}
