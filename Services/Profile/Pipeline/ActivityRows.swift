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
        for (identifier, origin) in graph.origins where !graph.removed.contains(identifier) {
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
        let simple = profiles.filter { !recounted.contains($0) && absorbed[$0] == nil && origins[$0] == nil }.sorted()
        try graph.load(profiles: profiles)
        var revisions = try add(events, to: simple)
        let others = profiles.subtracting(simple).sorted()
        let stored = try stored(others + others.flatMap { (absorbed[$0] ?? []) + (origins[$0] ?? []) })
        let counted = try counted(others.filter(recounted.contains))
        for profile in others {
            var total = stored[profile] ?? Activity()
            for former in absorbed[profile] ?? [] { total.absorb(stored[former] ?? Activity()) }
            for origin in origins[profile] ?? [] { total.revision = max(total.revision, stored[origin]?.revision ?? 0) }
            total.absorb(events[profile] ?? Activity())
            try write(&total, counted[profile], of: profile)
            revisions[profile] = total.revision
        }
        return revisions
    }

    /// Writes what a profile comes to, with its events as they were counted anew, if they were.
    private func write(_ total: inout Activity, _ counted: Activity?, of profile: Int64) throws {
        if let counted {
            total.events = counted.events
            total.lastSeen = counted.lastSeen
        }
        total.date(from: try graph.node(graph.membership(profile).founder))
        total.revision += 1
        try replace(total, of: profile)
    }

    private func add(_ events: [Int64: Activity], to profiles: [Int64]) throws -> [Int64: Int64] {
        let upsert = try BulkStatement(
            """
            INSERT INTO activity (profile, revision, events, last_seen) VALUES (?, 1, ?, ?)
            ON CONFLICT (profile) DO UPDATE SET
                revision = activity.revision + 1, events = activity.events + excluded.events,
                last_seen = CASE activity.events WHEN 0 THEN excluded.last_seen
                    ELSE \(graph.db.dialect.greatest)(activity.last_seen, excluded.last_seen) END
            RETURNING activity.profile, activity.revision
            """,
            in: graph.db
        )
        var revisions: [Int64: Int64] = [:]
        try upsert.forEachRow(of: profiles) { profile in
            var news = events[profile] ?? Activity()
            news.date(from: try graph.node(graph.membership(profile).founder))
            upsert.bind(1, profile)
            upsert.bind(2, news.events)
            upsert.bind(3, news.lastSeen)
        } _: {
            revisions[upsert.integer(0)] = upsert.integer(1)
        }
        return revisions
    }

    private func stored(_ profiles: [Int64]) throws -> [Int64: Activity] {
        let query = try BulkStatement(
            "SELECT revision, events, last_seen FROM activity WHERE profile = ?",
            in: graph.db
        )
        var stored: [Int64: Activity] = [:]
        try query.forEach(profiles) { profile in
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

    private func replace(_ activity: Activity, of profile: Int64) throws {
        let replace = try BulkStatement(
            """
            INSERT INTO activity (profile, revision, events, last_seen) VALUES (?, ?, ?, ?)
            ON CONFLICT (profile) DO UPDATE SET
                revision = excluded.revision, events = excluded.events, last_seen = excluded.last_seen
            """,
            in: graph.db
        )
        for (place, value) in [profile, activity.revision, activity.events, activity.lastSeen].enumerated() {
            replace.bind(Int32(place) + 1, value)
        }
        try replace.add()
    }
}
