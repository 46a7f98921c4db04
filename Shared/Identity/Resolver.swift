import Events

extension Rules {
    /// Resolves a component: a function of the set of members and evidence, whatever their order.
    ///
    /// 1. Shared members are found, from direct evidence; they join no one.
    /// 2. All other evidence is followed. Where the limits hold, that is the result.
    /// 3. Where they do not, the evidence of that part is taken in canonical order (strongest first, then by event time,
    ///    source, message id and identifiers), each piece unless it would break a limit.
    public func resolve(_ component: Component) -> Resolution {
        var resolver = Resolver(component: component, rules: self)
        return resolver.resolve()
    }
}

struct Resolver {
    private let component: Component
    private let rules: Rules
    private let isShared: [Bool]
    /// For each member, what it counts as towards its namespace's limit: ids that an alias says are the same count once.
    private let counted: [Int]
    private var result = Resolution()

    init(component: Component, rules: Rules) {
        self.component = component
        self.rules = rules
        isShared = rules.sharedness(in: component)
        counted = Self.aliasClasses(of: component)
    }

    mutating func resolve() -> Resolution {
        var whole = DisjointSets(count: component.members.count)
        let usable = component.evidence.indices.filter { joins(component.evidence[$0]) }
        for place in usable { whole.unite(component.evidence[place].left, component.evidence[place].right) }
        let sets = joinable(of: &whole)
        result.shared = component.members.indices.filter { isShared[$0] }
        let conflicts = sets.filter { breaksLimit($0.value) }
        for (root, members) in sets where conflicts[root] == nil { addProfile(members) }
        if !conflicts.isEmpty {
            var pieces = Dictionary(grouping: usable) { whole.root(of: component.evidence[$0].left) }
            for (root, members) in conflicts {
                resolveConflict(members, evidence: pieces.removeValue(forKey: root) ?? [])
            }
        }
        return ordered()
    }

    private func joins(_ evidence: Component.Evidence) -> Bool {
        !isShared[evidence.left] && !isShared[evidence.right]
    }

    /// The members of each set, without the shared ones.
    private func joinable(of sets: inout DisjointSets) -> [Int: [Int]] {
        var groups: [Int: [Int]] = [:]
        for place in component.members.indices where !isShared[place] {
            groups[sets.root(of: place), default: []].append(place)
        }
        return groups
    }

    // MARK: - Limits

    /// Two ids of one namespace that an alias joins are one person's id under two names.
    private static func aliasClasses(of component: Component) -> [Int] {
        var sets = DisjointSets(count: component.members.count)
        for evidence in component.evidence where evidence.strength.isAlias {
            let names = (component.members[evidence.left].identifier, component.members[evidence.right].identifier)
            if names.0.namespace == names.1.namespace { sets.unite(evidence.left, evidence.right) }
        }
        return component.members.indices.map { sets.root(of: $0) }
    }

    private func breaksLimit(_ members: [Int]) -> Bool {
        var holdings = Holdings()
        for place in members { holdings.insert(counted[place], of: component.members[place].identifier.namespace) }
        return holdings.exceeded(rules) != nil
    }

    private mutating func resolveConflict(_ members: [Int], evidence: [Int]) {
        var sets = DisjointSets(count: component.members.count)
        var holdings: [Int: Holdings] = [:]
        for place in members {
            holdings[place] = Holdings(counted[place], of: component.members[place].identifier.namespace)
        }
        for piece in evidence.sorted(by: { precedes($0, $1) }) {
            let (left, right) = (
                sets.root(of: component.evidence[piece].left), sets.root(of: component.evidence[piece].right)
            )
            guard left != right else { continue }
            let together = (holdings[left] ?? Holdings()).united(with: holdings[right] ?? Holdings())
            if let namespace = together.exceeded(rules) {
                result.rejected.append(Resolution.Rejection(evidence: piece, namespace: namespace))
            } else {
                holdings[left] = nil
                holdings[right] = nil
                holdings[sets.unite(left, right)] = together
            }
        }
        for (_, group) in Dictionary(grouping: members, by: { sets.root(of: $0) }) { addProfile(group) }
    }

    // MARK: - Canonical order

    private func precedes(_ left: Int, _ right: Int) -> Bool {
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

    private mutating func addProfile(_ places: [Int]) {
        let members = places.sorted { component.members[$0].identifier < component.members[$1].identifier }
        guard let founder = members.min(by: { isEarlier($0, $1) }) else { return }
        result.profiles.append(Resolution.Profile(members: members, founder: founder))
    }

    /// Members are sorted by identifier, and `min` keeps the first of equals.
    private func isEarlier(_ left: Int, _ right: Int) -> Bool {
        component.members[left].firstSeen < component.members[right].firstSeen
    }

    private func ordered() -> Resolution {
        var result = result
        result.profiles.sort {
            let (left, right) = (component.members[$0.founder], component.members[$1.founder])
            return (left.firstSeen, left.identifier) < (right.firstSeen, right.identifier)
        }
        result.rejected.sort { precedes($0.evidence, $1.evidence) }
        result.shared.sort { component.members[$0].identifier < component.members[$1].identifier }
        return result
    }
}

/// How many identifiers of each namespace a set of members has, those that count as one only once.
private struct Holdings {
    private var classes: [String: Set<Int>] = [:]

    init() {}

    init(_ member: Int, of namespace: String) {
        insert(member, of: namespace)
    }

    mutating func insert(_ member: Int, of namespace: String) {
        classes[namespace, default: []].insert(member)
    }

    func united(with other: Holdings) -> Holdings {
        var result = self
        for (namespace, members) in other.classes { result.classes[namespace, default: []].formUnion(members) }
        return result
    }

    /// The namespace with too many, the first by name when there are several.
    func exceeded(_ rules: Rules) -> String? {
        classes.filter { $0.value.count > rules[$0.key].limit }.keys.min()
    }
}
