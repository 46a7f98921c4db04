import Events

extension Rules {
    /// Resolves a component: a function of the set of members, evidence, logins and decisions, whatever their order.
    ///
    /// 1. From direct evidence: which members are shared, and which devices are divided among those who logged in on them.
    /// 2. All evidence between what is left is followed. Where the limits hold, that is the result.
    /// 3. Where they do not, the evidence of that part is taken in canonical order (``Acceptance``), each piece unless it would
    ///    break a limit or put together what somebody set apart.
    public func resolve(_ component: Component) -> Resolution {
        var resolver = Resolver(component: component, rules: self)
        return resolver.resolve()
    }
}

struct Resolver {
    private let component: Component
    private let rules: Rules
    let parts: ComponentParts
    private var result = Resolution()

    init(component: Component, rules: Rules) {
        self.component = component
        self.rules = rules
        parts = ComponentParts(of: component, rules: rules)
    }

    mutating func resolve() -> Resolution {
        result.states = parts.states
        result.rejected = parts.rejected
        var whole = DisjointSets(count: parts.nodes.count)
        for edge in parts.edges { whole.unite(edge.left, edge.right) }
        let groups = Dictionary(grouping: parts.people, by: { whole.root(of: $0) })
        let acceptance = Acceptance(of: component, parts: parts, rules: rules)
        let conflicts = groups.filter { acceptance.hasConflict($0.value) }
        for (root, nodes) in groups where conflicts[root] == nil { addProfile(nodes) }
        if !conflicts.isEmpty {
            let edges = Dictionary(grouping: parts.edges, by: { whole.root(of: $0.left) })
            for (root, nodes) in conflicts { resolve(nodes, joinedBy: edges[root] ?? [], acceptance) }
        }
        return ordered(acceptance)
    }

    private mutating func resolve(_ nodes: [Int], joinedBy edges: [ComponentParts.Edge], _ acceptance: Acceptance) {
        let outcome = acceptance.accept(edges, among: nodes)
        result.rejected += outcome.rejected
        for group in outcome.groups { addProfile(group) }
    }

    private mutating func addProfile(_ nodes: [Int]) {
        let sorted = nodes.sorted { parts.precedes($0, $1) }
        guard let founder = sorted.min(by: { parts.founds($0, rather: $1) }) else { return }
        result.profiles.append(
            Resolution.Profile(parts: sorted.map { parts.nodes[$0] }, founder: parts.nodes[founder])
        )
    }

    private func ordered(_ acceptance: Acceptance) -> Resolution {
        var result = result
        result.profiles.sort { left, right in
            let (one, other) = (component.members[left.founder.member], component.members[right.founder.member])
            return (one.firstSeen, one.identifier) < (other.firstSeen, other.identifier)
        }
        result.rejected.sort { acceptance.precedes($0.evidence, $1.evidence) }
        return result
    }
}
