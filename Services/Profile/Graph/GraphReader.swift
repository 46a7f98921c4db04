import Events
import Store

/// Reads identifiers and profiles as the store has them, many at a time: a PostgreSQL need not be waited for each time then.
struct GraphReader {
    let db: any SQLConnection

    /// Calls with the number of each key that the store has, and the key's place.
    func find(_ keys: [(key: Key128, place: Int)], _ found: (_ place: Int, Int64) -> Void) throws {
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        // In the order of the index, neighbours in it are found together.
        try query.forEach(keys.sorted { $0.key < $1.key }) { key, _ in
            query.bind(1, key.bytes)
        } _: { _, place in
            if try query.step() { found(place, query.integer(0)) }
        }
    }

    func nodes(_ ids: Set<Int64>, _ namespaces: inout NameTable) throws -> [Int64: Node] {
        let query = try BulkStatement(
            "SELECT namespace, value, first_seen, profile, shared, device, login, key FROM identifier WHERE id = ?",
            in: db
        )
        var found: [(id: Int64, namespace: Int64, node: Node)] = []
        found.reserveCapacity(ids.count)
        try query.forEach(ids.sorted()) { id in
            query.bind(1, id)
        } _: { id in
            if try query.step() { found.append((id, query.integer(0), try Node(query))) }
        }
        var nodes = [Int64: Node](minimumCapacity: found.count)
        for (id, namespace, node) in found {
            let name = try namespaces.name(of: namespace, in: db)
            nodes[id] = node.with(identifier: Identifier(name, node.identifier.value))
        }
        return nodes
    }

    func memberships(_ profiles: Set<Int64>) throws -> [Int64: Membership] {
        let profiles = profiles.sorted()
        var found = [Int64: Membership](minimumCapacity: profiles.count)
        let query = try BulkStatement("SELECT founder, plain, shared FROM profile WHERE id = ?", in: db)
        try query.forEach(profiles) { profile in
            query.bind(1, profile)
        } _: { profile in
            guard try query.step() else { return }
            found[profile] = Membership(
                members: [],
                founder: query.integer(0),
                isPlain: query.integer(1) != 0,
                isShared: query.integer(2) != 0
            )
        }
        let list = try BulkStatement("SELECT id FROM identifier WHERE profile = ?", in: db)
        try list.forEach(profiles) { profile in
            list.bind(1, profile)
        } _: { profile in
            while try list.step() { found[profile]?.members.append(list.integer(0)) }
        }
        return found
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
