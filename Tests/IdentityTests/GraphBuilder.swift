import Events
import Identity

/// A graph in the making, by names.
struct GraphBuilder {
    struct Link {
        var left: String
        var right: String
        var strength: Int64
        var time: Int64
        var id: String
    }

    var seen: [(name: String, time: Int64)] = []
    var links: [Link] = []
    var knownShared: Set<String> = []

    mutating func see(_ name: String, at time: Int64) {
        if let place = seen.firstIndex(where: { $0.name == name }) {
            seen[place].time = min(seen[place].time, time)
        } else {
            seen.append((name, time))
        }
    }

    mutating func link(_ left: String, _ right: String, strength: Int64 = 120, at time: Int64) {
        see(left, at: time)
        see(right, at: time)
        links.append(Link(left: left, right: right, strength: strength, time: time, id: "m\(links.count)"))
    }

    func resolved(_ rules: Rules) -> Outcome {
        let members = seen.map { entry in
            Component.Member(
                Identifier(parsing: entry.name) ?? Identifier("", ""),
                firstSeen: Timestamp(microseconds: entry.time),
                isKnownShared: knownShared.contains(entry.name)
            )
        }
        let places = Dictionary(uniqueKeysWithValues: seen.enumerated().map { ($0.element.name, $0.offset) })
        let evidence = links.compactMap { link -> Component.Evidence? in
            guard let left = places[link.left], let right = places[link.right] else { return nil }
            return Component.Evidence(
                left,
                right,
                strength: Strength(link.strength),
                time: Timestamp(microseconds: link.time),
                source: "s",
                messageID: link.id
            )
        }
        let component = Component(members: members, evidence: evidence)
        return Outcome(rules.resolve(component), component, seen.map(\.name))
    }

    /// The same graph in another order, and with the ends of its links exchanged at random.
    func shuffled(_ random: inout SplitMix) -> GraphBuilder {
        var copy = self
        copy.seen.shuffle(using: &random)
        copy.links.shuffle(using: &random)
        for place in copy.links.indices where Bool.random(using: &random) {
            let link = copy.links[place]
            copy.links[place].left = link.right
            copy.links[place].right = link.left
        }
        return copy
    }

    /// People with devices, addresses and phones that they partly share.
    static func random(_ random: inout SplitMix) -> GraphBuilder {
        var graph = GraphBuilder()
        var pairs: Set<[String]> = []
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            let left = name(&random)
            let right = name(&random)
            guard left != right, pairs.insert([left, right].sorted()).inserted else { continue }
            let strength = [20, 30, 120, 130, 140].randomElement(using: &random) ?? 20
            graph.link(left, right, strength: Int64(strength), at: .random(in: 1...9, using: &random))
        }
        return graph
    }

    private static func name(_ random: inout SplitMix) -> String {
        let namespace = ["user", "crm.contact", "shop.customer", "email", "phone", "anonymous"].randomElement(
            using: &random
        )
        return "\(namespace ?? "user"):\(Int.random(in: 1...7, using: &random))"
    }
}

/// A resolution by names.
struct Outcome: Equatable {
    var profiles: [[String]] = []
    var founders: [String] = []
    var rejected: [String] = []
    var shared: [String] = []

    var sets: Set<Set<String>> { Set(profiles.map { Set($0) }) }

    init(_ resolution: Resolution, _ component: Component, _ names: [String]) {
        profiles = resolution.profiles.map { profile in
            // The founder stands first, so that the order of the rest can be told apart from it.
            let others = profile.members.filter { $0 != profile.founder }
            return ([profile.founder] + others).map { names[$0] }
        }
        founders = resolution.profiles.map { names[$0.founder] }
        shared = resolution.shared.map { names[$0] }
        rejected = resolution.rejected.map { rejection in
            let evidence = component.evidence[rejection.evidence]
            let ends = [names[evidence.left], names[evidence.right]].sorted()
            return "\(ends[0]) – \(ends[1]): \(rejection.namespace)"
        }
    }
}

/// A small generator of random numbers that gives the same ones for the same seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
