import Events
import Identity
import Store

/// Writes the tables that are derived from the graph, for search and listing.
struct ProfileRows {
    private let graph: WorkingGraph
    /// The profiles that are there no more.
    private let gone: Set<Int64>
    /// The profiles whose traits may have changed.
    private let refolded: Set<Int64>
    /// Those of which only some may have, with these.
    private let retouched: [Int64: Set<Int64>]
    /// How these were before.
    private let former: [Int64: Portrait]

    init(graph: WorkingGraph) throws {
        self.graph = graph
        gone = Set(graph.successors.keys).union(graph.vanished).filter(graph.wasThere)
        let (reshaped, told) = (try graph.reshaped(), try graph.toldProfiles())
        former = try Self.portrayed(gone.union(reshaped.union(told.keys).filter(graph.wasThere)), graph)
        var refolded = reshaped
        var retouched: [Int64: Set<Int64>] = [:]
        for (profile, values) in told where !reshaped.contains(profile) {
            guard let traits = try Self.unsettled(values, former[profile], graph) else {
                refolded.insert(profile)
                continue
            }
            guard !traits.isEmpty else { continue }
            // All there is of an identifier is read at once, unless a rule of its own has many values of one trait kept.
            if graph.rules.traits.isEmpty { refolded.insert(profile) } else { retouched[profile] = traits }
        }
        self.refolded = refolded
        self.retouched = retouched
    }

    /// The traits of a profile that what was told may make others of; `nil` if it may be any.
    private static func unsettled(
        _ values: [ToldValue],
        _ former: Portrait?,
        _ graph: WorkingGraph
    ) throws -> Set<Int64>? {
        let named = try values.map { told in
            let name = try graph.cache.traits.name(of: told.key.trait, in: graph.db)
            return (trait: name, value: told.value, isFurther: told.isFurther)
        }
        guard let places = former?.unsettled(named, by: graph.rules.traits) else { return nil }
        // Where many were told at once, one look at all that are kept costs less than one around each.
        let isMany = places.count > 16
        let open = try places.filter { place in
            try isMany || graph.rules.traits[named[place].trait] != .first || !isLate(values[place], graph)
        }
        return Set(open.map { values[$0].key.trait })
    }

    /// Whether a value cannot be the first that counts, since another one comes before it.
    private static func isLate(_ told: ToldValue, _ graph: WorkingGraph) throws -> Bool {
        guard told.isFurther, told.value != "null" else { return false }
        let members = try graph.membership(graph.node(told.key.identifier).profile).members
        return try StoredObservations(in: graph).isLate(told, among: members)
    }

    /// The profiles that look different from outside, apart from their events.
    func changed() throws -> Set<Int64> {
        var changed = refolded.union(retouched.keys)
        for identifier in graph.made where !graph.removed.contains(identifier) {
            changed.insert(try graph.node(identifier).profile)
        }
        for (identifier, _) in try graph.partOrigins() { changed.insert(try graph.node(identifier).profile) }
        for profile in graph.originals.keys where graph.isThere(profile) {
            if try isVisiblyChanged(profile) { changed.insert(profile) }
        }
        let recounted = Set(graph.recounts.map { ActivityRows.heir(of: $0, graph.successors) })
        return changed.union(recounted.union(graph.redated).filter(graph.isThere))
    }

    /// Brings the rows of the changed profiles up to date, and removes those of former ones.
    func save() throws {
        let portraits = try portraits(of: refolded).merging(retouchedPortraits()) { $1 }
        let profiles = graph.touched.union(portraits.keys).sorted()
        try graph.loadNodes(profiles.map { try graph.membership($0).founder })
        try remove(gone.sorted())
        // What is alike goes together.
        try insert(profiles.filter { !graph.wasThere(profile: $0) }, portraits)
        let old = profiles.filter(graph.wasThere)
        let redrawn = Set(old.filter { profile in portraits[profile].map { $0 != former[profile] ?? .empty } ?? false })
        try update(old.filter { !redrawn.contains($0) && graph.touched.contains($0) })
        try update(old.filter(redrawn.contains), portraits)
        if graph.db.dialect == .sqlite { try index(portraits) }
    }

    /// What the traits of profiles' identifiers say together.
    private func portraits(of profiles: Set<Int64>) throws -> [Int64: Portrait] {
        var folds: [Int64: TraitFold] = [:]
        let members = try profiles.sorted().flatMap { owner in
            try graph.membership(owner).members.map { (owner: owner, id: $0) }
        }
        try Observations.fold(members, into: &folds, graph)
        return folds.mapValues { Portrait($0) }
    }

    private func retouchedPortraits() throws -> [Int64: Portrait] {
        guard !retouched.isEmpty else { return [:] }
        let members = try retouched.keys.sorted().flatMap { owner in
            try graph.membership(owner).members.map { (owner: owner, id: $0) }
        }
        let folds = try Observations.folds(of: retouched, members, graph)
        var portraits: [Int64: Portrait] = [:]
        for (profile, traits) in retouched {
            let names = try traits.map { try graph.cache.traits.name(of: $0, in: graph.db) }
            guard let fold = folds[profile] else { continue }
            portraits[profile] = former[profile]?.with(fold, for: names)
        }
        return portraits
    }

    private func isVisiblyChanged(_ profile: Int64) throws -> Bool {
        guard let original = graph.originals[profile] else { return false }
        let present = try graph.membership(profile)
        return original.founder != present.founder || original.isShared != present.isShared
            || Set(original.members) != Set(present.members)
    }

    // MARK: - Rows

    private func insert(_ profiles: [Int64], _ portraits: [Int64: Portrait]) throws {
        let insert = try BulkStatement(
            "INSERT INTO profile (id, founder, shared, plain, first_seen, traits, name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            in: graph.db
        )
        for profile in profiles { try bind(profile, portraits[profile] ?? .empty, to: insert) }
    }

    /// Most profiles that get another member stay as they are otherwise, and what is not written need not be copied.
    private func update(_ profiles: [Int64]) throws {
        let update = try BulkStatement(
            """
            UPDATE profile SET founder = ?2, shared = ?3, plain = ?4, first_seen = ?5
            WHERE id = ?1 AND (founder <> ?2 OR shared <> ?3 OR plain <> ?4 OR first_seen <> ?5)
            """,
            in: graph.db
        )
        for profile in profiles {
            try bind(profile, to: update)
            try update.add()
        }
    }

    private func update(_ profiles: [Int64], _ portraits: [Int64: Portrait]) throws {
        let update = try BulkStatement(
            """
            UPDATE profile SET founder = ?2, shared = ?3, plain = ?4, first_seen = ?5, traits = ?6, name = ?7
            WHERE id = ?1
            """,
            in: graph.db
        )
        for profile in profiles { try bind(profile, portraits[profile] ?? .empty, to: update) }
    }

    private func bind(_ profile: Int64, _ portrait: Portrait, to statement: BulkStatement) throws {
        try bind(profile, to: statement)
        statement.bind(6, portrait.traits)
        statement.bind(7, portrait.name)
        try statement.add()
    }

    private func bind(_ profile: Int64, to statement: BulkStatement) throws {
        let membership = try graph.membership(profile)
        statement.bind(1, profile)
        statement.bind(2, membership.founder)
        statement.bind(3, membership.isShared ? 1 : 0)
        statement.bind(4, membership.isPlain ? 1 : 0)
        statement.bind(5, try graph.node(membership.founder).firstSeen)
    }

    private func remove(_ profiles: [Int64]) throws {
        for table in ["profile WHERE id", "activity WHERE profile"] {
            let delete = try BulkStatement("DELETE FROM \(table) = ?", in: graph.db)
            for profile in profiles {
                delete.bind(1, profile)
                try delete.add()
            }
        }
    }

    private static func portrayed(_ profiles: Set<Int64>, _ graph: WorkingGraph) throws -> [Int64: Portrait] {
        let query = try BulkStatement("SELECT traits, name FROM profile WHERE id = ?", in: graph.db)
        var known: [Int64: Portrait] = [:]
        try query.forEach(profiles.sorted()) { profile in
            query.bind(1, profile)
        } _: { profile in
            if try query.step() { known[profile] = Portrait(traits: query.text(0), name: query.text(1)) }
        }
        return known
    }

    /// In the order of the profiles: the index writes down what it has gathered for each one that comes out of order.
    private func index(_ portraits: [Int64: Portrait]) throws {
        let index = try NameIndex(in: graph.db)
        for profile in gone.union(portraits.keys).sorted() {
            try index.change(profile, from: former[profile]?.name ?? "", to: portraits[profile]?.name ?? "")
        }
    }
}
