import Events

/// Takes evidence in one canonical order, where following all of it would break a limit or a person's decision.
///
/// Decisions come first, then the strongest evidence; what is equally strong by event time, source, message id and identifiers.
struct Acceptance {
    private let component: Component
    private let parts: ComponentParts
    private let rules: Rules
    /// For each member, what it counts as towards its namespace's limit: ids that are said to be the same count once.
    private let counted: [Int]

    init(of component: Component, parts: ComponentParts, rules: Rules) {
        self.component = component
        self.parts = parts
        self.rules = rules
        counted = Self.sameness(in: component)
    }

    /// Two ids of one namespace that an alias or a person joins are one person's id under two names.
    private static func sameness(in component: Component) -> [Int] {
        var sets = DisjointSets(count: component.members.count)
        let aliases = component.evidence.filter(\.strength.isAlias).map { ($0.left, $0.right) }
        let decisions = component.decisions.filter { $0.verdict == .together }.map { ($0.left, $0.right) }
        for (left, right) in aliases + decisions {
            let names = (component.members[left].identifier, component.members[right].identifier)
            if names.0.namespace == names.1.namespace { sets.unite(left, right) }
        }
        return component.members.indices.map { sets.root(of: $0) }
    }

    /// Whether nodes cannot all be one person's.
    func hasConflict(_ nodes: [Int]) -> Bool {
        var holdings = Holdings()
        for node in nodes { insert(node, into: &holdings) }
        if holdings.namespaceExceeded(with: Holdings(), rules) != nil { return true }
        guard !parts.separations.isEmpty else { return false }
        let together = Set(nodes)
        return parts.separations.contains { together.contains($0.left) && together.contains($0.right) }
    }

    /// The groups that evidence joins nodes to, and the evidence that gave way.
    func accept(
        _ edges: [ComponentParts.Edge],
        among nodes: [Int]
    ) -> (groups: [[Int]], rejected: [Resolution.Rejection]) {
        var sets = DisjointSets(count: parts.nodes.count)
        var holdings: [Int: Holdings] = [:]
        for node in nodes { insert(node, into: &holdings[node, default: Holdings()]) }
        var rejected: [Resolution.Rejection] = []
        for edge in edges.sorted(by: precedes) {
            let (left, right) = (sets.root(of: edge.left), sets.root(of: edge.right))
            guard left != right else { continue }
            let (one, other) = (holdings[left] ?? Holdings(), holdings[right] ?? Holdings())
            if let separation = separation(of: left, from: right, &sets) {
                if let evidence = edge.evidence {
                    rejected.append(.init(evidence: evidence, reason: .separated(decision: separation.decision)))
                }
            } else if let evidence = edge.evidence, let namespace = one.namespaceExceeded(with: other, rules) {
                rejected.append(.init(evidence: evidence, reason: .limit(namespace: namespace)))
            } else {
                holdings[left] = nil
                holdings[right] = nil
                holdings[sets.unite(left, right)] = one.united(with: other)
            }
        }
        return (Array(Dictionary(grouping: nodes, by: { sets.root(of: $0) }).values), rejected)
    }

    private func insert(_ node: Int, into holdings: inout Holdings) {
        holdings.insert(counted[parts.nodes[node].member], of: parts.identifier(of: node).namespace)
    }

    private func separation(
        of left: Int,
        from right: Int,
        _ sets: inout DisjointSets
    ) -> ComponentParts.Separation? {
        parts.separations.first { separation in
            let ends = (sets.root(of: separation.left), sets.root(of: separation.right))
            return ends == (left, right) || ends == (right, left)
        }
    }

    // MARK: - Canonical order

    private func precedes(_ left: ComponentParts.Edge, _ right: ComponentParts.Edge) -> Bool {
        guard let one = left.evidence else { return right.evidence != nil }
        guard let other = right.evidence else { return false }
        return precedes(one, other)
    }

    /// Whether a piece of evidence, by its place, is taken before another.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (component.evidence[left], component.evidence[right])
        if one.strength != other.strength { return one.strength > other.strength }
        if one.time != other.time { return one.time < other.time }
        if let order = UTF8Order.precedes(one.source, other.source) { return order }
        if let order = UTF8Order.precedes(one.messageID, other.messageID) { return order }
        return ends(of: one) < ends(of: other)
    }

    private func ends(of evidence: Component.Evidence) -> (Identifier, Identifier) {
        let (left, right) = (
            component.members[evidence.left].identifier, component.members[evidence.right].identifier
        )
        return left < right ? (left, right) : (right, left)
    }
}

/// How many identifiers of each namespace a set of nodes has, those that count as one only once.
private struct Holdings {
    private var classes: [String: Set<Int>] = [:]

    mutating func insert(_ member: Int, of namespace: String) {
        classes[namespace, default: []].insert(member)
    }

    func united(with other: Holdings) -> Holdings {
        var result = self
        for (namespace, members) in other.classes { result.classes[namespace, default: []].formUnion(members) }
        return result
    }

    /// The namespace of which both together have too many, the first by name when there are several.
    ///
    /// A person's decision may put more together than a limit allows; then only what adds to them breaks it.
    func namespaceExceeded(with other: Holdings, _ rules: Rules) -> String? {
        united(with: other).classes.filter { namespace, members in
            let most = max(classes[namespace]?.count ?? 0, other.classes[namespace]?.count ?? 0)
            return members.count > rules[namespace].limit && (members.count > most || other.classes.isEmpty)
        }.keys.min()
    }
}
