import Events
import Identity
import Store

/// What a batch is sure to look at is loaded before, many at a time: a PostgreSQL need not be waited for each time then.
extension WorkingGraph {
    /// Loads identifiers, the profiles that they are in, and the founders of these.
    func load(_ ids: some Sequence<Int64>) throws {
        try loadNodes(ids)
        try load(profiles: Set(try ids.map { try node($0).profile }))
    }

    /// Loads profiles and their founders.
    func load(profiles: Set<Int64>) throws {
        try loadMemberships(profiles)
        try loadNodes(try profiles.map { try membership($0).founder })
    }

    func loadNodes(_ ids: some Sequence<Int64>) throws {
        let unknown = Set(ids).filter { !isNew($0) && nodes[$0] == nil && cache.nodes[$0] == nil }
        guard !unknown.isEmpty else { return }
        for (id, node) in try reader.nodes(unknown, &cache.namespaces) { cache.nodes.insert(node, for: id) }
    }

    func loadMemberships(_ profiles: some Sequence<Int64>) throws {
        let unknown = Set(profiles).filter {
            wasThere(profile: $0) && memberships[$0] == nil && cache.memberships[$0] == nil
        }
        guard !unknown.isEmpty else { return }
        for (profile, membership) in try reader.memberships(unknown) {
            cache.memberships.insert(membership, for: profile)
        }
    }

    /// Loads who uses some devices.
    func loadUses(_ devices: some Sequence<Int64>) throws {
        let unknown = Set(devices).filter { !isNew($0) && uses[$0] == nil && cache.uses[$0] == nil }.sorted()
        let query = try BulkStatement("SELECT time, login FROM login WHERE device = ? ORDER BY time", in: db)
        var marks: [Int64: [(time: Int64, login: Int64?)]] = [:]
        try query.forEach(unknown) { device in
            query.bind(1, device)
        } _: { device in
            while try query.step() {
                marks[device, default: []].append((query.integer(0), query.isNull(1) ? nil : query.integer(1)))
            }
        }
        try loadNodes(marks.values.joined().compactMap(\.login))
        for device in unknown {
            uses[device] = DeviceUse(try (marks[device] ?? []).map { try mark(at: $0.time, $0.login) })
        }
    }

    /// Whether a resolution does not look behind an identifier.
    func isBorder(_ id: Int64) throws -> Bool { try node(id).isBorder && !reconsidered.contains(id) }

    func isDevice(_ id: Int64) throws -> Bool { rules[try node(id).identifier.namespace].isDevice }

    private var reader: GraphReader { GraphReader(db: db) }
}
