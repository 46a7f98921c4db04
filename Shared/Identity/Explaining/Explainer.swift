import Events

/// Tells of a resolved component what joins its identifiers, and what would.
struct Explainer {
    private let component: Component
    private let parts: ComponentParts
    /// For each node, the place of its profile; `nil` for what is nobody's.
    private let profiles: [Int?]
    /// Everything that speaks for two nodes being together, in canonical order.
    private var ties: [Tie] = []

    /// What joins two nodes, or would.
    private struct Tie {
        var left: Int
        var right: Int
        var kind: Explanation.Tie
        var refusal: Resolution.Reason?
    }

    init(of component: Component, rules: Rules) {
        var resolver = Resolver(component: component, rules: rules)
        let resolution = resolver.resolve()
        self.component = component
        parts = resolver.parts
        profiles = Self.profiles(resolution, parts)
        let unordered = joining(resolution) + refused + sharedDevices
        ties = unordered.sorted(by: precedes)
    }

    func explain(_ from: Resolution.Part, _ to: Resolution.Part) -> Explanation {
        let (starts, goals) = (nodes(of: from), nodes(of: to))
        guard let first = starts.first, let last = goals.first else {
            return Explanation(isTogether: false, chain: nil, separation: nil)
        }
        // Always sought in the same direction, so that it is the same from both ends.
        if parts.precedes(last, first) {
            var explanation = explain(from: goals, to: starts)
            explanation.chain = explanation.chain.map { $0.reversed().map(\.reversed) }
            return explanation
        }
        return explain(from: starts, to: goals)
    }

    private func explain(from starts: [Int], to goals: [Int]) -> Explanation {
        let followed = ties.filter { $0.refusal == nil }
        if let chain = chain(of: followed, from: starts, to: goals) {
            return Explanation(isTogether: true, chain: chain, separation: nil)
        }
        let chain = chain(of: ties, from: starts, to: goals)
        return Explanation(isTogether: false, chain: chain, separation: separation(of: starts, from: goals))
    }

    /// What a caller means by a part, in the order of the parts.
    private func nodes(of part: Resolution.Part) -> [Int] {
        guard part.login == nil else { return parts.node(of: part).map { [$0] } ?? [] }
        return parts.nodes(of: part.member).sorted { parts.precedes($0, $1) }
    }

    private func chain(of ties: [Tie], from starts: [Int], to goals: [Int]) -> [Explanation.Link]? {
        let links = ties.map { tie in
            ChainSearch.Link(
                left: tie.left,
                right: tie.right,
                strength: strength(of: tie),
                isFollowed: tie.refusal == nil
            )
        }
        let search = ChainSearch(links: links, nodes: parts.nodes.count)
        return search.chain(from: starts, to: goals)?.map { link(ties[$0.link], from: $0.from, to: $0.to) }
    }

    private func link(_ tie: Tie, from: Int, to: Int) -> Explanation.Link {
        Explanation.Link(from: parts.nodes[from], to: parts.nodes[to], tie: tie.kind, refusal: tie.refusal)
    }

    /// The decisions and all evidence.
    var links: [Explanation.Link] {
        ties.filter { $0.kind != .device }.map { link($0, from: $0.left, to: $0.right) }
    }

    // MARK: - What there is

    private static func profiles(_ resolution: Resolution, _ parts: ComponentParts) -> [Int?] {
        var profiles: [Int?] = Array(repeating: nil, count: parts.nodes.count)
        for (place, profile) in resolution.profiles.enumerated() {
            for node in profile.parts.compactMap({ parts.node(of: $0) }) { profiles[node] = place }
        }
        return profiles
    }

    /// Decisions, and the evidence that nothing but other evidence and decisions stands against.
    private func joining(_ resolution: Resolution) -> [Tie] {
        let pairs = resolution.rejected.map { ($0.evidence, $0.reason) }
        let reasons = Dictionary(pairs, uniquingKeysWith: { reason, _ in reason })
        return parts.edges.compactMap { edge in
            if let evidence = edge.evidence {
                return Tie(left: edge.left, right: edge.right, kind: .evidence(evidence), refusal: reasons[evidence])
            }
            return edge.decision.map { decision in
                Tie(left: edge.left, right: edge.right, kind: .decision(decision), refusal: contradiction(of: edge))
            }
        }
    }

    /// What other people said against a decision.
    private func contradiction(of edge: ComponentParts.Edge) -> Resolution.Reason? {
        guard profiles[edge.left] != profiles[edge.right] else { return nil }
        return separation(of: [edge.left], from: [edge.right]).map { .separated(decision: $0) }
    }

    private var refused: [Tie] {
        parts.refused.compactMap { refused in
            refused.edge.evidence.map { evidence in
                Tie(
                    left: refused.edge.left,
                    right: refused.edge.right,
                    kind: .evidence(evidence),
                    refusal: refused.reason
                )
            }
        }
    }

    /// Each login's time on a divided device, with the device itself.
    private var sharedDevices: [Tie] {
        parts.nodes.enumerated().filter { $0.element.login != nil }.map { node, part in
            Tie(left: part.member, right: node, kind: .device, refusal: .divided(member: part.member))
        }
    }

    /// The decision that keeps the people of some nodes apart from those of others, the last one if there are several.
    private func separation(of nodes: [Int], from others: [Int]) -> String? {
        parts.separations.first { separation in
            let (left, right) = (separation.left, separation.right)
            return areSame(left, nodes) && areSame(right, others) || areSame(left, others) && areSame(right, nodes)
        }?.decision
    }

    /// Whether a node is one of some nodes, or of the same person as one.
    private func areSame(_ node: Int, _ nodes: [Int]) -> Bool {
        nodes.contains { $0 == node || profiles[$0] != nil && profiles[$0] == profiles[node] }
    }

    // MARK: - Canonical order

    /// `nil` where nothing is stronger.
    private func strength(of tie: Tie) -> Strength? {
        guard case .evidence(let place) = tie.kind else { return nil }
        return Strength(component.evidence[place].strength.weight)
    }

    /// Decisions, the last first; then devices; then evidence as it is accepted.
    private func precedes(_ left: Tie, _ right: Tie) -> Bool {
        switch (left.kind, right.kind) {
        case (.evidence(let one), .evidence(let other)): component.precedes(one, other)
        case (.evidence, _): false
        case (_, .evidence): true
        case (.decision(let one), .decision(let other)): isLater(component.decisions[one], component.decisions[other])
        case (.decision, .device): true
        case (.device, .decision): false
        case (.device, .device): parts.precedes(left.right, right.right)
        }
    }

    private func isLater(_ left: Component.Decision, _ right: Component.Decision) -> Bool {
        (left.time, left.id) > (right.time, right.id)
    }
}
