import Events

/// A component as its resolution sees it: devices in parts, evidence between parts, and what people said.
struct ComponentParts {
    /// Joins two nodes.
    struct Edge {
        var left: Int
        var right: Int
        /// Its place in ``Component/evidence``; `nil` for a decision.
        var evidence: Int?
    }

    /// Two nodes that must not be together.
    struct Separation {
        var left: Int
        var right: Int
        var decision: String
    }

    /// For each member, what it is.
    let states: [Resolution.State]
    /// The members, each at its own place, and behind them the parts of divided devices.
    private(set) var nodes: [Resolution.Part]
    /// What joins them, decisions first.
    private(set) var edges: [Edge] = []
    private(set) var separations: [Separation] = []
    private(set) var rejected: [Resolution.Rejection] = []

    let component: Component
    let kinds: MemberKinds
    let neighbourhood: Neighbourhood
    private var places: [Resolution.Part: Int] = [:]

    init(of component: Component, rules: Rules) {
        self.component = component
        kinds = MemberKinds(of: component, rules: rules)
        neighbourhood = Neighbourhood(of: component)
        states = Sharedness(of: component, kinds: kinds, neighbourhood: neighbourhood, rules: rules).states
        nodes = component.members.indices.map { Resolution.Part($0) }
        for member in component.members.indices where states[member] == .divided { divide(member) }
        decide()
        for place in component.evidence.indices { follow(place) }
    }

    /// The nodes that belong to people: all but what is shared, and what no login has of a device.
    var people: [Int] { nodes.indices.filter { isSomebodys(nodes[$0]) } }

    private func isSomebodys(_ part: Resolution.Part) -> Bool {
        switch states[part.member] {
        case .whole, .claimed: true
        case .shared, .ambiguous: false
        case .divided: part.login != nil
        }
    }

    // MARK: - Building

    private mutating func divide(_ device: Int) {
        for login in logins(on: device) {
            let part = Resolution.Part(device, login: login)
            places[part] = nodes.count
            nodes.append(part)
        }
    }

    /// The members who logged in on a device, in the order of their identifiers.
    private func logins(on device: Int) -> [Int] {
        let logins = component.uses[device]?.logins ?? []
        return Set(neighbourhood[device]).filter { logins.contains(component.members[$0].identifier) }
            .sorted { component.members[$0].identifier < component.members[$1].identifier }
    }

    private mutating func decide() {
        for decision in Self.standing(component.decisions) {
            switch decision.verdict {
            case .together: edges.append(Edge(left: decision.left, right: decision.right, evidence: nil))
            case .apart:
                for left in all(of: decision.left) {
                    for right in all(of: decision.right) where left != right {
                        separations.append(Separation(left: left, right: right, decision: decision.id))
                    }
                }
            }
        }
    }

    /// The decisions that no later one on the same two contradicts, the last first.
    private static func standing(_ decisions: [Component.Decision]) -> [Component.Decision] {
        var seen: Set<[Int]> = []
        return decisions.sorted { ($0.time, $0.id) > ($1.time, $1.id) }
            .filter { seen.insert([min($0.left, $0.right), max($0.left, $0.right)]).inserted }
    }

    private func all(of member: Int) -> [Int] {
        guard states[member] == .divided else { return [member] }
        return nodes.indices.filter { nodes[$0].member == member }
    }

    private mutating func follow(_ place: Int) {
        let evidence = component.evidence[place]
        let left = end(evidence.left, of: evidence, other: evidence.right)
        let right = end(evidence.right, of: evidence, other: evidence.left)
        switch (left, right) {
        case (.success(let left), .success(let right)):
            edges.append(Edge(left: left, right: right, evidence: place))
        case (.failure(let one), .failure(let other)):
            let isLeft = precedes(evidence.left, evidence.right)
            rejected.append(Resolution.Rejection(evidence: place, reason: (isLeft ? one : other).reason))
        case (.failure(let refusal), _), (_, .failure(let refusal)):
            rejected.append(Resolution.Rejection(evidence: place, reason: refusal.reason))
        }
    }

    private struct Refusal: Error {
        var reason: Resolution.Reason
    }

    /// The node that evidence speaks of with a member.
    private func end(_ member: Int, of evidence: Component.Evidence, other: Int) -> Result<Int, Refusal> {
        switch states[member] {
        // None is ambiguous before its turn.
        case .whole, .ambiguous: return .success(member)
        case .shared: return .failure(Refusal(reason: .shared(member: member)))
        case .claimed: return .failure(Refusal(reason: .claimed(member: member)))
        case .divided:
            let node = places[Resolution.Part(member, login: other)] ?? node(of: member, at: evidence.time)
            return node.map { .success($0) } ?? .failure(Refusal(reason: .outsideSpans(member: member)))
        }
    }

    private func node(of device: Int, at time: Timestamp) -> Int? {
        guard let login = component.uses[device]?.login(at: time) else { return nil }
        return nodes.indices.dropFirst(component.members.count).first { place in
            let part = nodes[place]
            return part.member == device && part.login.map { component.members[$0].identifier == login } ?? false
        }
    }

    // MARK: - Order

    func kind(of node: Int) -> MemberKinds.Kind { kinds[nodes[node].member] }

    func identifier(of node: Int) -> Identifier { component.members[nodes[node].member].identifier }

    /// The order of identifiers, and of the parts of one device by their logins.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        if nodes[left].member != nodes[right].member { return identifier(of: left) < identifier(of: right) }
        guard let one = nodes[left].login else { return nodes[right].login != nil }
        guard let other = nodes[right].login else { return false }
        return component.members[one].identifier < component.members[other].identifier
    }

    /// Whether a profile is called by a node rather than by another: by a part of a device only if there is nothing else.
    func founds(_ left: Int, rather right: Int) -> Bool {
        let (one, other) = (nodes[left], nodes[right])
        if (one.login == nil) != (other.login == nil) { return one.login == nil }
        let (first, second) = (component.members[one.member].firstSeen, component.members[other.member].firstSeen)
        return first != second ? first < second : precedes(left, right)
    }
}
