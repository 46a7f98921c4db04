import Events
import Store

/// What of a profile changes with every event.
struct Activity: Equatable {
    var revision: Int64 = 0
    var events: Int64 = 0
    /// The greatest time of an event; without events, whatever the profile is dated by.
    var lastSeen: Int64 = .min

    mutating func absorb(_ other: Activity) {
        revision = max(revision, other.revision)
        guard other.events > 0 else { return }
        lastSeen = events == 0 ? other.lastSeen : max(lastSeen, other.lastSeen)
        events += other.events
    }

    /// Dates a profile without events by its founder.
    mutating func date(from founder: Node) {
        if events == 0 { lastSeen = founder.firstSeen }
    }
}

/// Writes the revisions and counts of the profiles that a batch changed.
struct ActivityRows {
    private let graph: WorkingGraph
    /// For each profile, those that it took in.
    private let absorbed: [Int64: [Int64]]
    /// For each profile, the others that it has identifiers of: who has seen an id of theirs is to see a greater revision.
    private let origins: [Int64: Set<Int64>]
    /// The profiles whose events are to be counted anew.
    private let recounted: Set<Int64>

    init(graph: WorkingGraph) throws {
        self.graph = graph
        var origins: [Int64: Set<Int64>] = [:]
        let moved = graph.origins.filter { !graph.removed.contains($0.key) }.map { (identifier: $0, origin: $1) }
        for (identifier, origin) in moved + (try graph.partOrigins()) {
            let profile = try graph.node(identifier).profile
            if profile != origin { origins[profile, default: []].insert(origin) }
        }
        self.origins = origins
        let old = graph.successors.keys.filter { graph.wasThere(profile: $0) }
        absorbed = Dictionary(grouping: old.sorted()) { Self.heir(of: $0, graph.successors) }
        recounted = Set(graph.recounts.map { Self.heir(of: $0, graph.successors) })
    }

    /// The profile that a former one ended up in.
    static func heir(of profile: Int64, _ successors: [Int64: Int64]) -> Int64 {
        var profile = profile
        while let successor = successors[profile] { profile = successor }
        return profile
    }

    /// Notes a batch's events of each profile, and returns the revisions that the profiles have now.
    ///
    /// Called once the events are in the timeline, and before the rows of former profiles are removed.
    func save(_ profiles: Set<Int64>, events: [Int64: Activity]) throws -> [Int64: Int64] {
        try graph.load(profiles: profiles)
        let profiles = profiles.sorted()
        let stored = try stored(profiles + profiles.flatMap { (absorbed[$0] ?? []) + (origins[$0] ?? []) })
        let counted = try counted(profiles.filter(recounted.contains))
        let replace = try replacement()
        var revisions: [Int64: Int64] = [:]
        revisions.reserveCapacity(profiles.count)
        for profile in profiles {
            var total = total(of: profile, stored)
            total.absorb(events[profile] ?? Activity())
            if let counted = counted[profile] { (total.events, total.lastSeen) = (counted.events, counted.lastSeen) }
            total.date(from: try graph.node(graph.membership(profile).founder))
            total.revision += 1
            replace.bind([profile, total.revision, total.events, total.lastSeen])
            try replace.add()
            revisions[profile] = total.revision
        }
        return revisions
    }

    /// The revisions by which it is told that profiles' ids lead nowhere; called before rows are removed.
    func lastRevisions(of founderless: Set<Int64>) throws -> [Int64: Int64] {
        try stored(founderless.sorted()).mapValues { $0.revision + 1 }
    }

    /// What a profile has, before its new events, from itself and from those it took in.
    private func total(of profile: Int64, _ stored: [Int64: Activity]) -> Activity {
        var total = stored[profile] ?? Activity()
        for former in absorbed[profile] ?? [] { total.absorb(stored[former] ?? Activity()) }
        for origin in origins[profile] ?? [] { total.revision = max(total.revision, stored[origin]?.revision ?? 0) }
        return total
    }

    private func replacement() throws -> BulkStatement {
        try BulkStatement(
            """
            INSERT INTO activity (profile, revision, events, last_seen) VALUES (?, ?, ?, ?)
            ON CONFLICT (profile) DO UPDATE SET
                revision = excluded.revision, events = excluded.events, last_seen = excluded.last_seen
            """,
            in: graph.db
        )
    }

    private func stored(_ profiles: [Int64]) throws -> [Int64: Activity] {
        let query = try BulkStatement(
            "SELECT revision, events, last_seen FROM activity WHERE profile = ?",
            in: graph.db
        )
        var stored: [Int64: Activity] = [:]
        try query.forEach(profiles.filter(graph.wasThere)) { profile in
            query.bind(1, profile)
        } _: { profile in
            guard try query.step() else { return }
            stored[profile] = Activity(
                revision: query.integer(0),
                events: query.integer(1),
                lastSeen: query.integer(2)
            )
        }
        return stored
    }

    private func counted(_ profiles: [Int64]) throws -> [Int64: Activity] {
        let query = try BulkStatement(
            "SELECT count, last FROM tally WHERE run \(graph.db.dialect.isAny(of: Run.all)) AND identifier = ?",
            in: graph.db
        )
        let members = try profiles.flatMap { profile in
            try graph.membership(profile).members.map { (profile: profile, id: $0) }
        }
        var totals = Dictionary(uniqueKeysWithValues: profiles.map { ($0, Activity()) })
        try query.forEach(members) { _, id in
            query.bind(1, id)
        } _: { profile, _ in
            while try query.step() {
                totals[profile]?.absorb(Activity(events: query.integer(0), lastSeen: query.integer(1)))
            }
        }
        return totals
    }
}
