import Events
import Testing

@testable import Identity

@Suite("What holds for every explanation")
struct ExplanationPropertyTests {
    private let rules = Rules()

    @Test("two are explained to be together if they are, and then by a chain that was followed", arguments: 0..<30)
    func agreesWithResolution(seed: UInt64) {
        let world = RandomWorld(seed, rules)
        for from in world.parts {
            for to in world.parts {
                let explanation = world.explainer.explain(from, to)
                #expect(explanation.isTogether == world.areTogether(from, to))
                let chain = explanation.chain ?? []
                #expect(chain.allSatisfy { $0.refusal == nil } == explanation.isTogether || explanation.chain == nil)
                #expect(explanation.isTogether ? explanation.chain != nil : chain != [] || explanation.chain == nil)
                #expect(explanation.separation == nil || !explanation.isTogether)
                world.check(chain, from: from, to: to)
            }
        }
    }

    @Test("there is no chain only where nothing leads from the one to the other", arguments: 0..<20)
    func silence(seed: UInt64) {
        let world = RandomWorld(seed, rules)
        for from in world.component.members.indices {
            for to in world.component.members.indices {
                let explanation = world.explainer.explain(.init(from), .init(to))
                #expect((explanation.chain != nil) == world.areConnected(from, to))
            }
        }
    }

    @Test("no other chain of what was followed is stronger, or as strong and shorter", arguments: 0..<20)
    func best(seed: UInt64) {
        let world = RandomWorld(seed, rules)
        for from in world.parts {
            for to in world.parts where from != to && world.areTogether(from, to) {
                guard from.login != nil || world.resolution.states[from.member] != .divided,
                    to.login != nil || world.resolution.states[to.member] != .divided
                else { continue }
                let chain = world.explainer.explain(from, to).chain ?? []
                let strength = chain.map { world.strength(of: $0.tie) }.min() ?? .max
                #expect(world.shortest(from, to, atLeast: strength) == chain.count)
                #expect(strength == .max || world.shortest(from, to, atLeast: strength + 1) == nil)
            }
        }
    }

    @Test("it depends on no order, and is the same from the other end", arguments: 0..<20)
    func orderFree(seed: UInt64) {
        var random = SplitMix(seed)
        let graph = GraphBuilder.random(&random)
        let names = graph.seen.map(\.name)
        let shuffled = (0..<2).map { _ in graph.shuffled(&random) }
        for left in names {
            for right in names.shuffled(using: &random).prefix(2) {
                let expected = Told(left, right, in: graph, rules)
                for copy in shuffled { #expect(Told(left, right, in: copy, rules) == expected) }
                let back = Told(right, left, in: graph, rules)
                #expect(back.chain?.count == expected.chain?.count && back.isTogether == expected.isTogether)
            }
        }
    }

    @Test("the way back is the same way", arguments: 0..<20)
    func symmetric(seed: UInt64) {
        let world = RandomWorld(seed, rules)
        for (place, from) in world.parts.enumerated() {
            for to in world.parts.dropFirst(place) {
                let there = world.explainer.explain(from, to)
                let back = world.explainer.explain(to, from)
                #expect(there.chain?.map(\.tie) == back.chain?.map(\.tie).reversed())
                #expect(there.separation == back.separation)
            }
        }
    }
}

/// A random component with its resolution.
private struct RandomWorld {
    let component: Component
    let resolution: Resolution
    let explainer: Explainer
    private let profiles: [Resolution.Part: Int]
    private let rejected: Set<Int>

    init(_ seed: UInt64, _ rules: Rules) {
        var random = SplitMix(seed)
        component = GraphBuilder.random(&random).component().0
        resolution = rules.resolve(component)
        explainer = Explainer(of: component, rules: rules)
        rejected = Set(resolution.rejected.map(\.evidence))
        var profiles: [Resolution.Part: Int] = [:]
        for (place, profile) in resolution.profiles.enumerated() {
            for part in profile.parts { profiles[part] = place }
        }
        self.profiles = profiles
    }

    /// Every member whole, and the parts of divided devices.
    var parts: [Resolution.Part] {
        component.members.indices.map { Resolution.Part($0) } + profiles.keys.filter { $0.login != nil }
    }

    func areTogether(_ from: Resolution.Part, _ to: Resolution.Part) -> Bool {
        let (ours, theirs) = (Set(expanded(from)), Set(expanded(to)))
        guard ours.isDisjoint(with: theirs) else { return true }
        return !Set(ours.compactMap { profiles[$0] }).isDisjoint(with: theirs.compactMap { profiles[$0] })
    }

    private func expanded(_ part: Resolution.Part) -> [Resolution.Part] {
        guard part.login == nil, resolution.states[part.member] == .divided else { return [part] }
        return [part] + profiles.keys.filter { $0.member == part.member }
    }

    /// Whether the links follow one another, each saying no more than there is.
    func check(_ chain: [Explanation.Link], from: Resolution.Part, to: Resolution.Part) {
        if let first = chain.first { #expect(expanded(from).contains(first.from)) }
        if let last = chain.last { #expect(expanded(to).contains(last.to)) }
        for (link, next) in zip(chain, chain.dropFirst()) { #expect(link.to == next.from) }
        for link in chain {
            switch link.tie {
            case .evidence(let place):
                let evidence = component.evidence[place]
                #expect([link.from.member, link.to.member].sorted() == [evidence.left, evidence.right].sorted())
                #expect(rejected.contains(place) == (link.refusal != nil))
            case .decision(let place):
                let decision = component.decisions[place]
                #expect(decision.verdict == .together)
                #expect([link.from.member, link.to.member].sorted() == [decision.left, decision.right].sorted())
            case .device: #expect(link.from.member == link.to.member && link.refusal != nil)
            }
        }
    }

    func strength(of tie: Explanation.Tie) -> Int64 {
        guard case .evidence(let place) = tie else { return .max }
        return component.evidence[place].strength.value
    }

    // MARK: - The same by other ways

    func areConnected(_ from: Int, _ to: Int) -> Bool {
        var neighbours: [Int: Set<Int>] = [:]
        for (left, right) in component.evidence.map({ ($0.left, $0.right) }) + standing {
            neighbours[left, default: []].insert(right)
            neighbours[right, default: []].insert(left)
        }
        return Self.distance(from, to) { Array(neighbours[$0] ?? []) } != nil
    }

    /// The decisions that two are together, and that no later one contradicts.
    private var standing: [(Int, Int)] {
        component.decisions.filter { decision in
            decision.verdict == .together
                && !component.decisions.contains { other in
                    Set([other.left, other.right]) == Set([decision.left, decision.right])
                        && (other.time, other.id) > (decision.time, decision.id)
                }
        }.map { ($0.left, $0.right) }
    }

    /// How many links it takes between two parts of a profile, of those that were followed and are not weaker.
    func shortest(_ from: Resolution.Part, _ to: Resolution.Part, atLeast strength: Int64) -> Int? {
        var pairs = standing.map { (Resolution.Part($0.0), Resolution.Part($0.1)) }
        for (place, evidence) in component.evidence.enumerated()
        where !rejected.contains(place) && evidence.strength.value >= strength {
            pairs.append((node(evidence.left, evidence, evidence.right), node(evidence.right, evidence, evidence.left)))
        }
        let followed = pairs.filter { profiles[$0.0] == profiles[$0.1] }
        return Self.distance(from, to) { node in
            followed.compactMap { $0.0 == node ? $0.1 : $0.1 == node ? $0.0 : nil }
        }
    }

    private func node(_ member: Int, _ evidence: Component.Evidence, _ other: Int) -> Resolution.Part {
        guard resolution.states[member] == .divided else { return Resolution.Part(member) }
        let own = Resolution.Part(member, login: other)
        if profiles[own] != nil { return own }
        let login = component.uses[member]?.login(at: evidence.time)
        return profiles.keys.first { part in
            part.member == member && part.login.map { component.members[$0].identifier == login } ?? false
        } ?? Resolution.Part(member)
    }

    private static func distance<Node: Hashable>(_ from: Node, _ to: Node, _ neighbours: (Node) -> [Node]) -> Int? {
        var seen: Set<Node> = [from]
        var frontier: Set<Node> = [from]
        var distance = 0
        while !frontier.isEmpty {
            if frontier.contains(to) { return distance }
            frontier = Set(frontier.flatMap(neighbours)).subtracting(seen)
            seen.formUnion(frontier)
            distance += 1
        }
        return nil
    }
}
