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
        let unknown = Set(ids).filter { !isNew($0) && nodes[$0] == nil && cache.nodes[$0] == nil }.sorted()
        let query = try nodeQuery()
        var found: [(id: Int64, namespace: Int64, node: Node)] = []
        try query.forEach(unknown) { id in
            query.bind(1, id)
        } _: { id in
            if try query.step() { found.append((id, query.integer(0), try Node(query))) }
        }
        for (id, namespace, node) in found {
            let name = try cache.namespaces.name(of: namespace, in: db)
            cache.nodes.insert(node.with(identifier: Identifier(name, node.identifier.value)), for: id)
        }
    }

    func loadMemberships(_ profiles: some Sequence<Int64>) throws {
        let unknown = Set(profiles).filter {
            wasThere(profile: $0) && memberships[$0] == nil && cache.memberships[$0] == nil
        }.sorted()
        var found: [Int64: ProfileMembership] = [:]
        let query = try BulkStatement("SELECT founder, plain, shared FROM profile WHERE id = ?", in: db)
        try query.forEach(unknown) { profile in
            query.bind(1, profile)
        } _: { profile in
            guard try query.step() else { return }
            found[profile] = ProfileMembership(
                members: [],
                founder: query.integer(0),
                isPlain: query.integer(1) != 0,
                isShared: query.integer(2) != 0
            )
        }
        let list = try BulkStatement("SELECT id FROM identifier WHERE profile = ?", in: db)
        try list.forEach(unknown) { profile in
            list.bind(1, profile)
        } _: { profile in
            while try list.step() { found[profile]?.members.append(list.integer(0)) }
        }
        for (profile, membership) in found { cache.memberships.insert(membership, for: profile) }
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

    private func nodeQuery() throws -> BulkStatement {
        try BulkStatement(
            "SELECT namespace, value, first_seen, profile, shared, device, login, key FROM identifier WHERE id = ?",
            in: db
        )
    }
}

extension Node {
    /// A row of an identifier, with its value but without the name of its namespace.
    fileprivate convenience init(_ query: BulkStatement) throws {
        guard let key = Key128(query.bytes(7)) else { throw PipelineError.damagedStore("An identifier has no key.") }
        self.init(
            identifier: Identifier("", query.text(1)),
            key: key,
            firstSeen: query.integer(2),
            profile: query.integer(3),
            state: NodeState(rawValue: query.integer(4)) ?? .whole,
            part: query.isNull(5) ? nil : PartKey(device: query.integer(5), login: query.integer(6))
        )
    }
}
