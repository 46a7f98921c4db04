import Events
import Topics

/// Tells what became of profiles.
struct ChangeAssembly {
    /// What happened to a profile's identifiers, apart from its events.
    struct Story {
        var kind: Change.Kind
        var former: [Key128]
        /// The profiles, before, that its identifiers were in.
        var origins: Set<Int64> = []
    }

    /// The events that one change record carries at most; more go into further records of the same revision.
    static let eventsPerChange = 256

    private let graph: WorkingGraph
    private let now: Timestamp
    private let mergeLog: MergeLog
    /// The parts of devices that are there no more, by the profiles that their ids lead to.
    private let formerParts: [Int64: [Int64]]

    init(graph: WorkingGraph, now: Timestamp) throws {
        self.graph = graph
        self.now = now
        mergeLog = MergeLog(graph: graph, now: now)
        var formerParts: [Int64: [Int64]] = [:]
        for (part, heir) in try graph.partHeirs() {
            formerParts[try graph.node(heir).profile, default: []].append(part)
        }
        self.formerParts = formerParts
    }

    /// The change records of a profile.
    func changes(of profile: Int64, revision: Int64, events: [Change.Event]) throws -> [Change] {
        let key = try graph.key(of: graph.membership(profile).founder)
        let story = try story(of: profile, key)
        try mergeLog.add(story, of: profile, as: key, events)
        var rest = events[...]
        var changes = [change(key, revision, story, Array(rest.prefix(Self.eventsPerChange)))]
        rest = rest.dropFirst(Self.eventsPerChange)
        while !rest.isEmpty {
            let more = Story(kind: .updated, former: [])
            changes.append(change(key, revision, more, Array(rest.prefix(Self.eventsPerChange))))
            rest = rest.dropFirst(Self.eventsPerChange)
        }
        return changes
    }

    /// The change record for the id of a profile as it was before, which leads nowhere any more; `nil` for times on a device, which come
    /// and go.
    func end(of profile: Int64, revision: Int64) throws -> Change? {
        guard let founder = graph.originals[profile]?.founder, try graph.node(founder).part == nil else { return nil }
        return change(try graph.key(of: founder), revision, Story(kind: .updated, former: []), [])
    }

    private func change(_ key: Key128, _ revision: Int64, _ story: Story, _ events: [Change.Event]) -> Change {
        Change(
            profileID: key.publicID,
            revision: revision,
            kind: story.kind,
            formerIDs: story.former.map(\.publicID),
            events: events,
            time: now
        )
    }

    private func story(of profile: Int64, _ key: Key128) throws -> Story {
        let wasThere = graph.wasThere(profile: profile)
        let parts = formerParts[profile] ?? []
        if wasThere, graph.originals[profile] == nil, parts.isEmpty { return Story(kind: .updated, former: []) }
        let members = try graph.membership(profile).members
        var origins: Set<Int64> = []
        for member in members + parts {
            if let origin = try graph.origin(of: member) { origins.insert(origin) }
        }
        // Also where those whose profile it was have left it.
        if origins.isEmpty { return Story(kind: .created, former: []) }
        if wasThere { origins.insert(profile) }
        let former = try formerKeys(of: origins, now: Set(members + parts)).filter { $0 != key }
        let kind = kind(of: profile, from: origins, members: Set(members))
        return Story(kind: kind, former: former, origins: origins)
    }

    private func kind(of profile: Int64, from origins: Set<Int64>, members: Set<Int64>) -> Change.Kind {
        if origins.count > 1, origins.contains(where: { $0 != profile && hasTaken($0, profile, members) }) {
            return .merged
        }
        // One may be what another was, under a number of its own.
        let former = graph.wasThere(profile: profile) ? profile : origins.count == 1 ? origins.first : nil
        guard let original = former.flatMap({ graph.originals[$0] }) else { return .split }
        return original.members.allSatisfy { members.contains($0) || graph.removed.contains($0) } ? .updated : .split
    }

    /// Whether a profile is there in place of a former one, or has its id.
    ///
    /// Of one that went several ways the others have no more than some members.
    private func hasTaken(_ former: Int64, _ profile: Int64, _ members: Set<Int64>) -> Bool {
        guard graph.successors[former] != nil else { return false }
        let hasFounder = graph.originals[former].map { members.contains($0.founder) } ?? false
        return hasFounder || ActivityRows.heir(of: former, graph.successors) == profile
    }

    /// The ids under which the members were known before: those of profiles whose founder is among them.
    private func formerKeys(of profiles: Set<Int64>, now members: Set<Int64>) throws -> [Key128] {
        try profiles.sorted().compactMap { profile in
            let founder = try graph.originals[profile]?.founder ?? graph.membership(profile).founder
            return members.contains(founder) ? try graph.key(of: founder) : nil
        }
    }
}
