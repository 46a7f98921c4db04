import Store

/// What a comparison has read of one of its stores; whatever is asked for and not loaded yet is loaded then.
final class ComparedStore {
    private typealias Row = (key: Key128, isShared: Bool, traits: String, activity: Activity)

    private let db: any SQLConnection
    private var rows: [Int64: Row?] = [:]
    private var members: [Int64: [Key128]] = [:]
    private var owners: [Key128: Int64?] = [:]

    init(_ db: any SQLConnection) {
        self.db = db
    }

    /// What others can see of a profile, and its revision; `nil` when there is none of this number.
    func portrait(of profile: Int64) throws -> (portrait: ComparedProfile.Portrait, revision: Int64)? {
        guard let row = try row(of: profile) else { return nil }
        let portrait = ComparedProfile.Portrait(
            key: row.key,
            isShared: row.isShared,
            members: try members(of: profile),
            traits: row.traits,
            events: row.activity.events,
            lastSeen: row.activity.lastSeen
        )
        return (portrait, row.activity.revision)
    }

    /// The keys of a profile's identifiers, sorted.
    func members(of profile: Int64) throws -> [Key128] {
        try loadMembers([profile])
        return members[profile] ?? []
    }

    /// The profile that an identifier is in.
    func owner(of key: Key128) throws -> Int64? {
        try loadOwners([key])
        return owners[key] ?? nil
    }

    /// The key of a profile's id.
    func key(of profile: Int64) throws -> Key128? { try row(of: profile)?.key }

    /// Whether a profile is nobody's.
    func isShared(_ profile: Int64) throws -> Bool { try row(of: profile)?.isShared ?? false }

    private func row(of profile: Int64) throws -> Row? {
        try loadRows([profile])
        return rows[profile] ?? nil
    }

    // MARK: - Loading

    func loadPortraits(_ profiles: some Sequence<Int64>) throws {
        try loadRows(profiles)
        try loadMembers(profiles)
    }

    func loadRows(_ profiles: some Sequence<Int64>) throws {
        let unknown = profiles.filter { rows[$0] == nil }
        guard !unknown.isEmpty else { return }
        let query = try BulkStatement(
            """
            SELECT f.key, p.shared, p.traits, a.revision, a.events, a.last_seen
            FROM profile p JOIN identifier f ON f.id = p.founder LEFT JOIN activity a ON a.profile = p.id WHERE p.id = ?
            """,
            in: db
        )
        try query.forEach(unknown) { profile in
            query.bind(1, profile)
        } _: { profile in
            guard try query.step() else {
                rows[profile] = .some(nil)
                return
            }
            let activity = Activity(
                revision: query.integer(3),
                events: query.integer(4),
                lastSeen: query.integer(5)
            )
            rows[profile] = try (Self.key(query.bytes(0)), query.integer(1) != 0, query.text(2), activity)
        }
    }

    func loadMembers(_ profiles: some Sequence<Int64>) throws {
        let unknown = profiles.filter { members[$0] == nil }
        guard !unknown.isEmpty else { return }
        let query = try BulkStatement("SELECT key FROM identifier WHERE profile = ?", in: db)
        try query.forEach(unknown) { profile in
            query.bind(1, profile)
        } _: { profile in
            var keys: [Key128] = []
            while try query.step() { keys.append(try Self.key(query.bytes(0))) }
            members[profile] = keys.sorted()
        }
    }

    func loadOwners(_ keys: some Sequence<Key128>) throws {
        let unknown = keys.filter { owners[$0] == nil }
        guard !unknown.isEmpty else { return }
        let query = try BulkStatement("SELECT profile FROM identifier WHERE key = ?", in: db)
        try query.forEach(unknown) { key in
            query.bind(1, key.bytes)
        } _: { key in
            owners[key] = .some(try query.step() ? query.integer(0) : nil)
        }
    }

    private static func key(_ bytes: [UInt8]) throws -> Key128 {
        guard let key = Key128(bytes) else {
            throw PipelineError.damagedStore("The key of an identifier is too short.")
        }
        return key
    }
}
