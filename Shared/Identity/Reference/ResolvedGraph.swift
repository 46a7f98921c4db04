import Events

/// The profiles of a set of events.
public struct ResolvedGraph: Sendable {
    /// The component that was resolved.
    public let component: Component
    /// Which identifiers are whose.
    public let resolution: Resolution
    /// For each event, in the order in which they were added, what it is anchored to.
    public let anchors: [Resolution.Part]
    /// For each of the resolution's profiles, its traits by name.
    public let traits: [[(name: String, seen: SeenValue)]]
    /// The traits of members that are nobody's.
    public let nobodysTraits: [Int: [(name: String, seen: SeenValue)]]
    private let holders: Holders

    /// The profile that has a part, by its place in the resolution; `nil` for what is nobody's.
    public func profile(of part: Resolution.Part) -> Int? { holders[part] }

    /// Resolves the graph, gives each event its place, and folds the traits.
    public init(_ graph: MemoryGraph) {
        let component = graph.component
        let resolution = graph.rules.resolve(component)
        self.component = component
        self.resolution = resolution
        let turns = Turns(component: component, states: resolution.states)
        anchors = graph.events.map { turns.anchor(of: graph.names[$0.names], at: $0.time) }
        let holders = Holders(resolution)
        self.holders = holders
        let folded = FoldedTraits(graph, resolution) { member, time in
            holders[turns.part(of: member, at: time)]
        }
        traits = folded.profiles
        nobodysTraits = folded.nobodys
    }
}

/// The traits of profiles, and of members that are nobody's.
private struct FoldedTraits {
    typealias Traits = [(name: String, seen: SeenValue)]

    private(set) var profiles: [Traits] = []
    private(set) var nobodys: [Int: Traits] = [:]

    /// Folds what was observed; `holder` says which profile has a member at a time.
    init(_ graph: MemoryGraph, _ resolution: Resolution, holder: (Int, Timestamp) -> Int?) {
        let observed = graph.observations
        let count = resolution.profiles.count
        // A member that is nobody's has a place behind all profiles.
        let owners = observed.all.indices.map { place in
            let member = observed.all[place].member
            return holder(member, observed.all[place].time) ?? count + member
        }
        let fold = TraitsByPlace(observed, graph.events)
        let groups = Groups(of: owners, count: count + resolution.states.count, order: fold.order)
        profiles = (0..<count).map { fold.traits(of: groups[$0]) }
        for member in resolution.states.indices where !groups[count + member].isEmpty {
            nobodys[member] = fold.traits(of: groups[count + member])
        }
    }
}

/// Which profile has what, by its place in the resolution.
private struct Holders {
    /// Of whole members, by their places; -1 for what is nobody's.
    private var whole: [Int]
    private var parts: [Resolution.Part: Int] = [:]

    init(_ resolution: Resolution) {
        whole = Array(repeating: -1, count: resolution.states.count)
        for (index, profile) in resolution.profiles.enumerated() {
            for part in profile.parts {
                if part.login == nil { whole[part.member] = index } else { parts[part] = index }
            }
        }
    }

    subscript(part: Resolution.Part) -> Int? {
        guard part.login == nil else { return parts[part] }
        return whole[part.member] < 0 ? nil : whole[part.member]
    }
}

/// Whose turn it is on the devices of a component.
private struct Turns {
    let component: Component
    let states: [Resolution.State]
    /// For each divided device, the members who logged in on it.
    private let logins: [Int: [Identifier: Int]]

    init(component: Component, states: [Resolution.State]) {
        self.component = component
        self.states = states
        guard states.contains(.divided) else {
            logins = [:]
            return
        }
        var logins: [Int: [Identifier: Int]] = [:]
        for evidence in component.evidence {
            for (device, other) in [(evidence.left, evidence.right), (evidence.right, evidence.left)]
            where states[device] == .divided {
                logins[device, default: [:]][component.members[other].identifier] = other
            }
        }
        self.logins = logins
    }

    /// The first of the names that is somebody's; of a divided device, what is of whose turn it is.
    func anchor(of names: ArraySlice<Int>, at time: Timestamp) -> Resolution.Part {
        let name = names.first { !states[$0].isNobodys } ?? names.last ?? 0
        return part(of: name, at: time)
    }

    func part(of member: Int, at time: Timestamp) -> Resolution.Part {
        guard states[member] == .divided else { return Resolution.Part(member) }
        let login = component.uses[member]?.login(at: time)
        return Resolution.Part(member, login: login.flatMap { logins[member]?[$0] })
    }
}
