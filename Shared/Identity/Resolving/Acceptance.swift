import Events

/// Takes evidence in one canonical order, where following all of it would break a limit or a person's decision, or might bring
/// people together by an address.
///
/// 1. What people decided, the last decision first; no limit stands against it.
/// 2. Certain evidence, between ids and devices, each piece unless a limit breaks.
/// 3. Every mail address, then every phone number, then what else is neither id nor device. One that exactly one login
///    names, or of which a person said whose it is, takes its evidence piece by piece. Any other joins all that have it or,
///    where these cannot be one person, none: it is *ambiguous*.
/// 4. Evidence between two of those that are equally strong, piece by piece.
///
/// Pieces stand in the order of strength, then of event time, source, message id and identifiers.
struct Acceptance {
    private let parts: ComponentParts
    private let kinds: MemberKinds
    /// For each member, what it counts as towards its namespace's limit.
    private let classes: [Int]
    /// The classes that count several nodes once.
    private let repeated: Set<Int>
    private let decided: Set<Int>

    private var sets: DisjointSets
    private var holdings: [Int: Holdings] = [:]
    /// The addresses that join no one.
    private(set) var ambiguous: Set<Int> = []
    private(set) var rejected: [Resolution.Rejection] = []

    init(of parts: ComponentParts, classes: [Int]) {
        self.parts = parts
        self.classes = classes
        kinds = parts.kinds
        var counts = Array(repeating: 0, count: classes.count)
        for node in parts.nodes { counts[classes[node.member]] += 1 }
        repeated = Set(counts.indices.lazy.filter { counts[$0] > 1 })
        decided = Set(parts.edges.lazy.filter { $0.evidence == nil }.flatMap { [$0.left, $0.right] })
        sets = DisjointSets(count: parts.nodes.count)
    }

    /// Whether nodes cannot all be one person's.
    func hasConflict(_ nodes: [Int]) -> Bool {
        guard nodes.count > 1 else { return false }
        if mayExceed(nodes), !Holdings.excess(of: nodes.map(ownHoldings), kinds).isEmpty { return true }
        guard !parts.separations.isEmpty else { return false }
        let together = Set(nodes)
        return parts.separations.contains { together.contains($0.left) && together.contains($0.right) }
    }

    /// Whether there are more of a kind than its limit allows, each counted by itself; always when there are many.
    private func mayExceed(_ nodes: [Int]) -> Bool {
        nodes.count > 32
            || nodes.contains { node in
                let kind = kinds.places[parts.nodes[node].member]
                let limit = kinds.kinds[kind].rule.limit
                return nodes.count > limit && nodes.count { kinds.places[parts.nodes[$0].member] == kind } > limit
            }
    }

    /// The set that a node has come into.
    mutating func root(of node: Int) -> Int { sets.root(of: node) }

    /// Follows the edges of whole connected parts.
    mutating func accept(_ edges: [ComponentParts.Edge]) {
        for edge in edges where edge.evidence == nil { take(edge) }
        let turns = Turns(edges, parts)
        for edge in turns.certain.sorted(by: precedes) { take(edge) }
        for value in turns.values.sorted(by: precedes) { take(value) }
        for edge in turns.level.sorted(by: precedes) { takeLevel(edge) }
    }

    // MARK: - One by one

    private mutating func take(_ edge: ComponentParts.Edge) {
        let roots = [sets.root(of: edge.left), sets.root(of: edge.right)]
        guard roots[0] != roots[1] else { return }
        let conflict = edge.evidence == nil ? separation(among: roots) : conflict(among: roots)
        guard let conflict else { return unite(roots) }
        reject(edge, conflict.reason)
    }

    private mutating func takeLevel(_ edge: ComponentParts.Edge) {
        let ends = [edge.left, edge.right].filter(ambiguous.contains)
        guard let end = ends.min(by: parts.precedes) else { return take(edge) }
        reject(edge, .ambiguous(member: end, conflict: nil))
    }

    private mutating func reject(_ edge: ComponentParts.Edge, _ reason: Resolution.Reason) {
        if let evidence = edge.evidence { rejected.append(.init(evidence: evidence, reason: reason)) }
    }

    // MARK: - All or none

    private mutating func take(_ value: Turns.Value) {
        for edge in value.edges {
            let other = edge.otherEnd(than: value.node)
            if ambiguous.contains(other) { reject(edge, .ambiguous(member: other, conflict: nil)) }
        }
        let edges = value.edges.filter { !ambiguous.contains($0.otherEnd(than: value.node)) }
        let logins = edges.filter { kinds[parts.nodes[$0.otherEnd(than: value.node)].member].isPersonal }
        let persons = Set(logins.map { $0.otherEnd(than: value.node) })
        if persons.count == 1 || decided.contains(value.node) {
            let others = edges.filter { !persons.contains($0.otherEnd(than: value.node)) }
            for edge in logins.sorted(by: precedes) + others.sorted(by: precedes) { take(edge) }
        } else {
            take(value, edges, isNamed: !persons.isEmpty)
        }
    }

    private mutating func take(_ value: Turns.Value, _ edges: [ComponentParts.Edge], isNamed: Bool) {
        var seen: Set<Int> = []
        let ends = [value.node] + edges.map { $0.otherEnd(than: value.node) }
        let roots = ends.map { sets.root(of: $0) }.filter { seen.insert($0).inserted }
        guard roots.count > 1 else { return }
        guard let conflict = conflict(among: roots) ?? (isNamed ? nil : secondAddress(value.node, roots)) else {
            return unite(roots)
        }
        ambiguous.insert(value.node)
        for edge in edges { reject(edge, .ambiguous(member: value.node, conflict: conflict)) }
    }

    // MARK: - What stands against it

    private mutating func conflict(among roots: [Int]) -> Resolution.Conflict? {
        if let separation = separation(among: roots) { return separation }
        let excess = Holdings.excess(of: roots.map(holdings(of:)), kinds)
        return excess.map { kinds.kinds[$0].namespace }.min().map { .limit(namespace: $0) }
    }

    private mutating func separation(among roots: [Int]) -> Resolution.Conflict? {
        for separation in parts.separations {
            let ends = (sets.root(of: separation.left), sets.root(of: separation.right))
            if ends.0 != ends.1, roots.contains(ends.0), roots.contains(ends.1) {
                return .separated(decision: separation.decision)
            }
        }
        return nil
    }

    /// A mail address brings nobody together who has one already.
    private func secondAddress(_ node: Int, _ roots: [Int]) -> Resolution.Conflict? {
        guard kinds[node].rule.isMailAddress else { return nil }
        let people = roots.map(holdings(of:)).filter { $0.counts.keys.contains { kinds.kinds[$0].rule.isCertain } }
        let isSecond = people.count > 1 && people.contains { $0.counts[kinds.places[node]] != nil }
        return isSecond ? .secondAddress : nil
    }

    // MARK: - Holdings

    private func ownHoldings(_ node: Int) -> Holdings {
        let member = parts.nodes[node].member
        let known = classes[member]
        return Holdings(kind: kinds.places[member], class: repeated.contains(known) ? known : nil)
    }

    private func holdings(of root: Int) -> Holdings { holdings[root] ?? ownHoldings(root) }

    private mutating func unite(_ roots: [Int]) {
        var union = holdings(of: roots[0])
        for root in roots.dropFirst() { union.formUnion(holdings(of: root)) }
        for root in roots {
            holdings[root] = nil
            sets.unite(roots[0], root)
        }
        holdings[sets.root(of: roots[0])] = union
    }

    // MARK: - Canonical order

    private func precedes(_ left: ComponentParts.Edge, _ right: ComponentParts.Edge) -> Bool {
        guard let one = left.evidence else { return right.evidence != nil }
        guard let other = right.evidence else { return false }
        return parts.component.precedes(one, other)
    }

    private func precedes(_ left: Turns.Value, _ right: Turns.Value) -> Bool {
        let (one, other) = (kinds[left.node], kinds[right.node])
        if one.rule.priority != other.rule.priority { return one.rule.priority < other.rule.priority }
        if one.namespace != other.namespace { return one.namespace < other.namespace }
        if left.isNamed != right.isNamed { return left.isNamed }
        // The best that two addresses have may be the evidence between them.
        return left.best == right.best
            ? parts.precedes(left.node, right.node) : parts.component.precedes(left.best, right.best)
    }
}

/// The edges by when they are taken.
private struct Turns {
    /// An address, and its evidence towards what is stronger or certain.
    struct Value {
        let node: Int
        var edges: [ComponentParts.Edge]
        /// The place of the evidence that is first among all of it.
        var best: Int
        /// Whether a login names it.
        var isNamed: Bool
    }

    private(set) var certain: [ComponentParts.Edge] = []
    /// Between addresses that are equally strong.
    private(set) var level: [ComponentParts.Edge] = []
    private var byNode: [Int: Value] = [:]

    var values: [Value] { byNode.values.filter { !$0.edges.isEmpty } }

    init(_ edges: [ComponentParts.Edge], _ parts: ComponentParts) {
        for edge in edges {
            guard let evidence = edge.evidence else { continue }
            let weak = [edge.left, edge.right].filter { !parts.kind(of: $0).rule.isCertain }
            for node in weak { note(node, edge, evidence, parts) }
            let priorities = weak.map { parts.kind(of: $0).rule.priority }
            if weak.isEmpty {
                certain.append(edge)
            } else if weak.count == 2, priorities[0] == priorities[1] {
                level.append(edge)
            } else {
                let node = weak.count == 1 || priorities[0] > priorities[1] ? weak[0] : weak[1]
                byNode[node]?.edges.append(edge)
            }
        }
    }

    private mutating func note(_ node: Int, _ edge: ComponentParts.Edge, _ evidence: Int, _ parts: ComponentParts) {
        let isNamed = parts.kind(of: edge.otherEnd(than: node)).isPersonal
        guard let known = byNode[node] else {
            byNode[node] = Value(node: node, edges: [], best: evidence, isNamed: isNamed)
            return
        }
        if parts.component.precedes(evidence, known.best) { byNode[node]?.best = evidence }
        if isNamed { byNode[node]?.isNamed = true }
    }
}

extension ComponentParts.Edge {
    fileprivate func otherEnd(than node: Int) -> Int { left == node ? right : left }
}

extension Resolution.Conflict {
    /// Why a single piece of evidence that it stands against is not followed.
    fileprivate var reason: Resolution.Reason {
        switch self {
        case .limit(let namespace): .limit(namespace: namespace)
        case .separated(let decision): .separated(decision: decision)
        case .secondAddress: .limit(namespace: Namespace.email)
        }
    }
}
