import Events

/// A component as its resolution sees it: devices in parts, evidence between parts, and what people said.
struct ComponentParts {
    /// Joins two nodes.
    struct Edge {
        var left: Int
        var right: Int
        /// Its place in ``Component/evidence``; `nil` for a decision.
        var evidence: Int?
        /// Its place in ``Component/decisions``; `nil` for evidence.
        var decision: Int?
    }

    /// Evidence that cannot be followed, because of what one of its ends is.
    struct Refused {
        /// Ends where the evidence would, of a device that cannot be said whose it is at the device itself.
        var edge: Edge
        var reason: Resolution.Reason
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
    private(set) var refused: [Refused] = []

    let component: Component
    let order: PartOrder
    let kinds: MemberKinds
    let neighbourhood: Neighbourhood
    let names: AliasNames
    private var places: [Resolution.Part: Int] = [:]

    init(of component: Component, rules: Rules) {
        self.component = component
        order = PartOrder(members: component.members)
        kinds = MemberKinds(of: component, rules: rules)
        neighbourhood = Neighbourhood(of: component)
        names = AliasNames(of: component, kinds: kinds)
        states =
            Sharedness(of: component, kinds: kinds, neighbourhood: neighbourhood, names: names, rules: rules).states
        nodes = component.members.indices.map { Resolution.Part($0) }
        for member in component.members.indices where states[member] == .divided { divide(member) }
        decide()
        for place in component.evidence.indices { follow(place) }
    }

    /// The nodes that belong to people: all but what is shared, and what no login has of a device.
    var people: [Int] { nodes.indices.filter { isSomebodys(nodes[$0]) } }

    /// The evidence that cannot be followed, and why.
    var rejected: [Resolution.Rejection] {
        refused.compactMap { refused in
            refused.edge.evidence.map { Resolution.Rejection(evidence: $0, reason: refused.reason) }
        }
    }

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
        for place in component.standingDecisions {
            let decision = component.decisions[place]
            switch decision.verdict {
            case .together: edges.append(Edge(left: decision.left, right: decision.right, decision: place))
            case .apart:
                for left in nodes(of: decision.left) {
                    for right in nodes(of: decision.right) where left != right {
                        separations.append(Separation(left: left, right: right, decision: decision.id))
                    }
                }
            }
        }
    }

    /// A member and, of a divided device, its parts.
    func nodes(of member: Int) -> [Int] {
        guard states[member] == .divided else { return [member] }
        return nodes.indices.filter { nodes[$0].member == member }
    }

    /// The node that is a part; `nil` if there is none.
    func node(of part: Resolution.Part) -> Int? { part.login == nil ? part.member : places[part] }

    private mutating func follow(_ place: Int) {
        let (one, other) = (component.evidence[place].left, component.evidence[place].right)
        let left = end(one, at: component.evidence[place].time, other: other)
        let right = end(other, at: component.evidence[place].time, other: one)
        let edge = Edge(left: left.node, right: right.node, evidence: place)
        switch (left.refusal, right.refusal) {
        case (nil, nil): edges.append(edge)
        case (let reason?, nil), (nil, let reason?): refused.append(Refused(edge: edge, reason: reason))
        case (let one?, let other?):
            // Which of the two stands on the left means nothing.
            refused.append(Refused(edge: edge, reason: precedes(left.node, right.node) ? one : other))
        }
    }

    /// One of the two nodes that evidence speaks of.
    private struct End {
        var node: Int
        /// Why evidence cannot be followed to it.
        var refusal: Resolution.Reason?
    }

    private func end(_ member: Int, at time: Timestamp, other: Int) -> End {
        switch states[member] {
        // None is ambiguous before its turn.
        case .whole, .ambiguous: return End(node: member)
        case .shared: return End(node: member, refusal: .shared(member: member))
        case .claimed: return End(node: member, refusal: .claimed(member: member))
        case .divided:
            if let own = places[Resolution.Part(member, login: other)] { return End(node: own) }
            // Who logged in at the same moment as somebody else who has the device then has no turn, and not the other's either.
            if kinds[other].rule.isLogin { return End(node: member, refusal: .divided(member: member)) }
            let node = node(of: member, at: time)
            return node.map { End(node: $0) } ?? End(node: member, refusal: .outsideSpans(member: member))
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

    /// The order of identifiers, and of the parts of one device by their logins.
    func precedes(_ left: Int, _ right: Int) -> Bool { order.precedes(nodes[left], nodes[right]) }

    /// The profile that has some nodes, if there are any.
    func profile(of nodes: [Int], isPlain: Bool) -> Resolution.Profile? {
        let order = order
        var parts = nodes.map { self.nodes[$0] }
        if parts.count > 1 { parts.sort { order.precedes($0, $1) } }
        guard let founder = parts.min(by: { order.founds($0, rather: $1) }) else { return nil }
        return Resolution.Profile(parts: parts, founder: founder, isPlain: isPlain)
    }
}
