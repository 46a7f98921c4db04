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
    /// For each device, who logged in when; without a name somebody signed out.
    var marks: [String: [(time: Int64, login: String?)]] = [:]
    var decisions: [Decision] = []

    struct Decision {
        var left: String
        var right: String
        var verdict: Component.Decision.Verdict
        var time: Int64
        var id: String
    }

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

    /// Somebody logs in on a device.
    mutating func login(_ user: String, on device: String, at time: Int64) {
        link(user, device, at: time)
        marks[device, default: []].append((time, user))
    }

    mutating func signOut(of device: String, at time: Int64) {
        see(device, at: time)
        marks[device, default: []].append((time, nil))
    }

    mutating func decide(_ left: String, _ right: String, _ verdict: Component.Decision.Verdict, at time: Int64 = 0) {
        let id = "d\(decisions.count)"
        decisions.append(Decision(left: left, right: right, verdict: verdict, time: time, id: id))
    }

    func resolved(_ rules: Rules) -> Outcome {
        let (component, names) = component()
        return Outcome(rules.resolve(component), component, names)
    }

    func component() -> (Component, names: [String]) {
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
        let uses = marks.map { device, marks in
            let marks = marks.map {
                DeviceUse.Mark(Timestamp(microseconds: $0.time), $0.login.flatMap { Identifier(parsing: $0) })
            }
            return (places[device] ?? 0, DeviceUse(marks))
        }
        let decisions = decisions.compactMap { decision -> Component.Decision? in
            guard let left = places[decision.left], let right = places[decision.right] else { return nil }
            let time = Timestamp(microseconds: decision.time)
            return Component.Decision(left, right, decision.verdict, time: time, id: decision.id)
        }
        let component = Component(
            members: members,
            evidence: evidence,
            uses: Dictionary(uniqueKeysWithValues: uses),
            decisions: decisions
        )
        return (component, seen.map(\.name))
    }

    /// The same graph in another order, and with the ends of its links exchanged at random.
    func shuffled(_ random: inout SplitMix) -> GraphBuilder {
        var copy = self
        copy.seen.shuffle(using: &random)
        copy.links.shuffle(using: &random)
        copy.decisions.shuffle(using: &random)
        for device in copy.marks.keys { copy.marks[device]?.shuffle(using: &random) }
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
            if left.hasPrefix("user"), right.hasPrefix("anonymous") {
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    graph.login(left, on: right, at: .random(in: 1...9, using: &random))
                }
                continue
            }
            if Int.random(in: 0..<20, using: &random) == 0 {
                graph.decide(
                    left,
                    right,
                    .allCases.randomElement(using: &random) ?? .apart,
                    at: .random(in: 1...3, using: &random)
                )
            }
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
    var divided: [String] = []
    var ambiguous: [String] = []

    var sets: Set<Set<String>> { Set(profiles.map { Set($0) }) }

    init(_ resolution: Resolution, _ component: Component, _ names: [String]) {
        func name(_ part: Resolution.Part) -> String {
            part.login.map { "\(names[part.member])@\(names[$0])" } ?? names[part.member]
        }
        profiles = resolution.profiles.map { profile in
            // The founder stands first, so that the order of the rest can be told apart from it.
            ([profile.founder] + profile.parts.filter { $0 != profile.founder }).map(name)
        }
        founders = resolution.profiles.map { name($0.founder) }
        shared = names.indices.filter { resolution.states[$0] == .shared }.map { names[$0] }.sorted()
        divided = names.indices.filter { resolution.states[$0] == .divided }.map { names[$0] }.sorted()
        ambiguous = names.indices.filter { resolution.states[$0] == .ambiguous }.map { names[$0] }.sorted()
        rejected = resolution.rejected.map { rejection in
            let evidence = component.evidence[rejection.evidence]
            let ends = [names[evidence.left], names[evidence.right]].sorted()
            return "\(ends[0]) – \(ends[1]): \(Self.word(for: rejection.reason, names))"
        }
    }

    static func word(for reason: Resolution.Reason, _ names: [String]) -> String {
        switch reason {
        case .limit(let namespace): namespace
        case .shared(let member): "\(names[member]) is shared"
        case .outsideSpans(let member): "nobody was logged in on \(names[member])"
        case .separated: "separated"
        case .claimed(let member): "\(names[member]) is claimed"
        case .divided(let member): "\(names[member]) is divided"
        case .ambiguous(let member, let conflict): "\(names[member]) is ambiguous" + word(for: conflict)
        }
    }

    private static func word(for conflict: Resolution.Conflict?) -> String {
        switch conflict {
        case nil: ""
        case .limit(let namespace): ", \(namespace)"
        case .separated: ", separated"
        case .secondAddress: ", second address"
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
