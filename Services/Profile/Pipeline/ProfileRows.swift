import Events
import Identity
import Store

/// Writes the tables that are derived from the graph, for search and listing.
struct ProfileRows {
    let graph: WorkingGraph

    /// The profiles that look different from outside, apart from their events.
    func changed() throws -> Set<Int64> {
        var changed = try refolded()
        for identifier in graph.made where !graph.removed.contains(identifier) {
            changed.insert(try graph.node(identifier).profile)
        }
        for profile in graph.originals.keys where isThere(profile) {
            if try isVisiblyChanged(profile) { changed.insert(profile) }
        }
        let recounted = Set(graph.recounts.map { ActivityRows.heir(of: $0, graph.successors) })
        return changed.union(recounted.union(graph.redated).filter(isThere))
    }

    /// Brings the rows of the changed profiles up to date, and removes those of former ones.
    func save() throws {
        try remove(Set(graph.successors.keys).union(graph.vanished).filter(graph.wasThere).sorted())
        let portraits = try portraits(of: refolded())
        let known = try portrayed(portraits.keys.filter(graph.wasThere).sorted())
        let profiles = graph.touched.union(portraits.keys).sorted()
        try graph.loadNodes(profiles.map { try graph.membership($0).founder })
        // What is alike goes together.
        for profile in profiles where !graph.wasThere(profile: profile) {
            try insert(profile, graph.membership(profile), portraits[profile] ?? .empty)
        }
        let old = profiles.filter(graph.wasThere)
        let isRedrawn = { profile in portraits[profile].map { $0 != known[profile] ?? .empty } ?? false }
        for profile in old where !isRedrawn(profile) && graph.touched.contains(profile) {
            try update(profile, graph.membership(profile))
        }
        for profile in old where isRedrawn(profile) {
            guard let portrait = portraits[profile] else { continue }
            try update(profile, graph.membership(profile), portrait, instead: known[profile] ?? .empty)
        }
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

    /// The profiles whose traits may have changed: those with something new in them, and those that identifiers went to or left.
    private func refolded() throws -> Set<Int64> {
        var profiles = graph.refolds.filter(isThere)
        for identifier in graph.retold.subtracting(graph.removed) {
            profiles.insert(try graph.node(identifier).profile)
        }
        for (identifier, origin) in graph.origins where !graph.removed.contains(identifier) {
            profiles.insert(try graph.node(identifier).profile)
            if isThere(origin) { profiles.insert(origin) }
        }
        return profiles
    }

    private func isThere(_ profile: Int64) -> Bool {
        graph.successors[profile] == nil && !graph.vanished.contains(profile)
    }

    private func isVisiblyChanged(_ profile: Int64) throws -> Bool {
        guard let original = graph.originals[profile] else { return false }
        let present = try graph.membership(profile)
        return original.founder != present.founder || Set(original.members) != Set(present.members)
    }

    // MARK: - Rows

    private func insert(_ profile: Int64, _ membership: Membership, _ portrait: Portrait) throws {
        let insert = try BulkStatement(
            "INSERT INTO profile (id, founder, shared, plain, first_seen, traits, name) VALUES (?, ?, ?, ?, ?, ?, ?)",
            in: graph.db
        )
        try bind(profile, membership, to: insert)
        insert.bind(6, portrait.traits)
        insert.bind(7, portrait.name)
        try insert.add()
        try index(portrait.name, of: profile)
    }

    /// Most profiles that get another member stay as they are otherwise, and what is not written need not be copied.
    private func update(_ profile: Int64, _ membership: Membership) throws {
        let update = try BulkStatement(
            """
            UPDATE profile SET founder = ?2, shared = ?3, plain = ?4, first_seen = ?5
            WHERE id = ?1 AND (founder <> ?2 OR shared <> ?3 OR plain <> ?4 OR first_seen <> ?5)
            """,
            in: graph.db
        )
        try bind(profile, membership, to: update)
        try update.add()
    }

    private func update(
        _ profile: Int64,
        _ membership: Membership,
        _ portrait: Portrait,
        instead former: Portrait
    ) throws {
        if former.name != portrait.name { try unindex(former.name, of: profile) }
        let update = try BulkStatement(
            """
            UPDATE profile SET founder = ?2, shared = ?3, plain = ?4, first_seen = ?5, traits = ?6, name = ?7
            WHERE id = ?1
            """,
            in: graph.db
        )
        try bind(profile, membership, to: update)
        update.bind(6, portrait.traits)
        update.bind(7, portrait.name)
        try update.add()
        if former.name != portrait.name { try index(portrait.name, of: profile) }
    }

    private func bind(_ profile: Int64, _ membership: Membership, to statement: BulkStatement) throws {
        statement.bind(1, profile)
        statement.bind(2, membership.founder)
        statement.bind(3, membership.isShared ? 1 : 0)
        statement.bind(4, membership.isPlain ? 1 : 0)
        statement.bind(5, try graph.node(membership.founder).firstSeen)
    }

    private func remove(_ profiles: [Int64]) throws {
        if graph.db.dialect == .sqlite {
            for (profile, portrait) in try portrayed(profiles) { try unindex(portrait.name, of: profile) }
        }
        for table in ["profile WHERE id", "activity WHERE profile"] {
            let delete = try BulkStatement("DELETE FROM \(table) = ?", in: graph.db)
            for profile in profiles {
                delete.bind(1, profile)
                try delete.add()
            }
        }
    }

    private func portrayed(_ profiles: [Int64]) throws -> [Int64: Portrait] {
        let query = try BulkStatement("SELECT traits, name FROM profile WHERE id = ?", in: graph.db)
        var known: [Int64: Portrait] = [:]
        try query.forEach(profiles) { profile in
            query.bind(1, profile)
        } _: { profile in
            if try query.step() { known[profile] = Portrait(traits: query.text(0), name: query.text(1)) }
        }
        return known
    }

    // MARK: - Search by name: SQLite’s index is told of it

    private func index(_ name: String, of profile: Int64) throws {
        guard !name.isEmpty, graph.db.dialect == .sqlite else { return }
        let insert = try BulkStatement("INSERT INTO profile_name (rowid, name) VALUES (?, ?)", in: graph.db)
        insert.bind(1, profile)
        insert.bind(2, name)
        try insert.run()
    }

    /// The index keeps no text of its own: it must be told what to forget.
    private func unindex(_ name: String, of profile: Int64) throws {
        guard !name.isEmpty, graph.db.dialect == .sqlite else { return }
        let delete = try BulkStatement(
            "INSERT INTO profile_name (profile_name, rowid, name) VALUES ('delete', ?, ?)",
            in: graph.db
        )
        delete.bind(1, profile)
        delete.bind(2, name)
        try delete.run()
    }
}

/// What the traits of a profile's identifiers say together.
struct Portrait: Equatable {
    /// A JSON object.
    var traits: String
    /// The person's names for search, as ``NameText`` folds them.
    var name: String

    static let empty = Portrait(traits: "{}", name: "")

    /// Whether the bytes are the same; `String` holds more for equal.
    static func == (left: Portrait, right: Portrait) -> Bool {
        left.traits.utf8.elementsEqual(right.traits.utf8) && left.name.utf8.elementsEqual(right.name.utf8)
    }

    init(traits: String, name: String) {
        self.traits = traits
        self.name = name
    }

    init(_ fold: TraitFold) {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, seen) in fold.traits {
            writer.key(name)
            writer.raw(seen.value.utf8)
        }
        writer.endObject()
        traits = String(decoding: writer.bytes, as: UTF8.self)
        let names = Self.nameTraits.compactMap { fold.value(of: $0).flatMap { Self.text(of: $0.value) } }
        name = NameText.folded(names.joined(separator: " "))
    }

    /// The traits that name a person, as the SDKs call them and as people do.
    private static let nameTraits = [
        "name", "firstName", "lastName", "first_name", "last_name", "firstname", "lastname", "fullName", "full_name",
        "displayName", "display_name", "nickname", "username",
    ]

    private static func text(of value: String) -> String? {
        guard value.utf8.first == UInt8(ascii: "\"") else { return nil }
        return (try? JSONDocument(Array(value.utf8)))?.root.string
    }
}
