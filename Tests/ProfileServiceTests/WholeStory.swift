import Events
import Identity
import MessageLog

@testable import ProfileService

/// A profile as the store and ``WholeStory`` tell of it.
struct ToldProfile: Hashable {
    var members: [String]
    var traits: String
    var timeline: [String]
}

extension Portrayal.Profile {
    /// The profile without what only the store can say.
    var told: ToldProfile {
        ToldProfile(
            members: members,
            traits: traits,
            timeline: timeline.map { String($0.prefix { $0 != " " }) }.sorted()
        )
    }
}

/// The profiles of a set of events, told all at once.
struct WholeStory {
    private(set) var profiles: Set<ToldProfile> = []

    init(of events: [TestEvent], rules: Rules) throws {
        var memory = MemoryGraph(rules: rules)
        let headers = try events.map { event in
            let envelope = try EventEnvelope(decoding: event.record.value)
            memory.add(rules.facts(of: envelope), of: envelope.header)
            return envelope.header
        }
        let graph = ResolvedGraph(memory)
        var timelines: [[String]] = Array(repeating: [], count: graph.resolution.profiles.count)
        var nobodys: [Int: [String]] = [:]
        for (header, anchor) in zip(headers, graph.anchors) {
            let time = "\(header.timestamp.microseconds)"
            if let profile = graph.profile(of: anchor) {
                timelines[profile].append(time)
            } else {
                nobodys[anchor.member, default: []].append(time)
            }
        }
        for (index, profile) in graph.resolution.profiles.enumerated() {
            profiles.insert(
                ToldProfile(
                    members: profile.parts.map { graph.name(of: $0) }.sorted(),
                    traits: Self.json(graph.traits[index]),
                    timeline: timelines[index].sorted()
                )
            )
        }
        for (member, state) in graph.resolution.states.enumerated() where state.isNobodys || state == .divided {
            let alone = Resolution.Part(member)
            profiles.insert(
                ToldProfile(
                    members: [graph.name(of: alone)],
                    traits: Self.json(graph.nobodysTraits[member] ?? []),
                    timeline: (nobodys[member] ?? []).sorted()
                )
            )
        }
    }

    private static func json(_ traits: [(name: String, seen: SeenValue)]) -> String {
        "{" + traits.map { "\"\($0.name)\":\($0.seen.value)" }.joined(separator: ",") + "}"
    }
}

extension ResolvedGraph {
    fileprivate func name(of part: Resolution.Part) -> String {
        let name = component.members[part.member].identifier.description
        return part.login.map { "\(name)@\(component.members[$0].identifier.value)" } ?? name
    }
}
