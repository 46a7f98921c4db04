import Events

extension Rules {
    /// Resolves a component: a function of the set of members, evidence, logins and decisions, whatever their order.
    ///
    /// 1. From direct evidence: which members are shared, which devices are divided among those who logged in on them, and
    ///    which records are one person's twice (``Sameness``).
    /// 2. All evidence between what is left is followed. Where nothing of it could give way, that is the result.
    /// 3. Elsewhere the evidence is taken in canonical order (``Acceptance``).
    public func resolve(_ component: Component) -> Resolution {
        var resolver = Resolver(component: component, rules: self)
        return resolver.resolve()
    }
}

struct Resolver {
    let parts: ComponentParts
    private var acceptance: Acceptance
    private let takesShortWay: Bool
    private var result = Resolution()

    /// - Parameter takesShortWay: Without it everything is taken in canonical order, for the same result.
    init(component: Component, rules: Rules, takesShortWay: Bool = true) {
        self.takesShortWay = takesShortWay
        parts = ComponentParts(of: component, rules: rules)
        acceptance = Acceptance(of: parts, classes: Sameness(of: parts).classes)
    }

    mutating func resolve() -> Resolution {
        var whole = DisjointSets(count: parts.nodes.count)
        for edge in parts.edges { whole.unite(edge.left, edge.right) }
        var open: [Int] = []
        for nodes in whole.sets(of: parts.people) {
            if takesShortWay, isPlain(nodes) { addProfile(nodes, isPlain: true) } else { open += nodes }
        }
        if !open.isEmpty {
            let roots = Set(open.map { whole.root(of: $0) })
            take(open, joinedBy: parts.edges.filter { roots.contains(whole.root(of: $0.left)) })
        }
        result.states = parts.states
        for member in acceptance.ambiguous { result.states[member] = .ambiguous }
        result.rejected = parts.rejected + acceptance.rejected
        return ordered()
    }

    private mutating func take(_ nodes: [Int], joinedBy edges: [ComponentParts.Edge]) {
        acceptance.accept(edges)
        let people = nodes.filter { !acceptance.ambiguous.contains($0) }
        for group in Dictionary(grouping: people, by: { acceptance.root(of: $0) }).values {
            addProfile(group, isPlain: false)
        }
    }

    // MARK: - The short way

    /// Whether none of the evidence that connects nodes could give way, in whatever order it is taken.
    private func isPlain(_ nodes: [Int]) -> Bool {
        !acceptance.hasConflict(nodes) && !mayHaveSecondAddress(nodes)
    }

    /// Whether one of several mail addresses may bring others together, and no login says that it is theirs.
    private func mayHaveSecondAddress(_ nodes: [Int]) -> Bool {
        let addresses = nodes.filter { parts.kind(of: $0).rule.isMailAddress }
        return addresses.count > 1 && addresses.contains(where: mayBringTogether)
    }

    private func mayBringTogether(_ address: Int) -> Bool {
        let priority = parts.kinds[address].rule.priority
        let others = Set(parts.neighbourhood[address]).filter { other in
            parts.kinds[other].rule.isCertain || parts.kinds[other].rule.priority < priority
        }
        return others.count > 1 && !others.contains { parts.kinds[$0].isPersonal && parts.states[$0] == .whole }
    }

    // MARK: - Profiles

    private mutating func addProfile(_ nodes: [Int], isPlain: Bool) {
        if let profile = parts.profile(of: nodes, isPlain: isPlain) { result.profiles.append(profile) }
    }

    /// Of one device's parts, each of which founds a profile, the one with the lesser login comes first.
    private func ordered() -> Resolution {
        var result = result
        let (component, order) = (parts.component, parts.order)
        result.profiles.sort { order.isSeen($0.founder, before: $1.founder) }
        result.rejected.sort { component.precedes($0.evidence, $1.evidence) }
        return result
    }
}
