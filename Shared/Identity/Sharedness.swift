import Events

extension Rules {
    /// For each member of a component, whether so many people have it that it tells nothing.
    ///
    /// This is decided before anything is resolved, from direct evidence alone.
    func sharedness(in component: Component) -> [Bool] {
        let members = component.members
        var neighbours: [[Int]] = Array(repeating: [], count: members.count)
        for evidence in component.evidence {
            neighbours[evidence.left].append(evidence.right)
            neighbours[evidence.right].append(evidence.left)
        }
        return members.indices.map { place in
            members[place].isKnownShared || isShared(place, beside: neighbours[place], in: component)
        }
    }

    private func isShared(_ place: Int, beside neighbours: [Int], in component: Component) -> Bool {
        let rule = self[component.members[place].identifier.namespace]
        guard neighbours.count > min(rule.shareThreshold, degreeLimit) else { return false }
        if neighbours.count > degreeLimit { return true }
        var counts: [String: Int] = [:]
        for neighbour in neighbours {
            let namespace = component.members[neighbour].identifier.namespace
            guard self[namespace].priority < rule.priority else { continue }
            counts[namespace, default: 0] += 1
        }
        return counts.values.contains { $0 > rule.shareThreshold }
    }
}
