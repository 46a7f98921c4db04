import Events
import GRDB
import Store

extension WorkingGraph {
    /// The numbers of the identifiers that a batch names; those that are new become profiles of their own for now.
    ///
    /// - Parameter sightings: Each distinct identifier with the least event time at which the batch names it.
    func identify(_ sightings: [Identifier: Int64]) throws -> [Identifier: Int64] {
        var numbers: [Identifier: Int64] = [:]
        numbers.reserveCapacity(sightings.count)
        var unknown: [(key: Key128, identifier: Identifier)] = []
        for identifier in sightings.keys {
            if let id = cache.ids[identifier] {
                numbers[identifier] = id
            } else {
                unknown.append((hash.key(of: identifier), identifier))
            }
        }
        // In the order of the index, neighbours in it are found together.
        unknown.sort { $0.key < $1.key }
        var absent: [(key: Key128, identifier: Identifier)] = []
        for entry in unknown {
            if let id = try find(entry.key) { numbers[entry.identifier] = id } else { absent.append(entry) }
        }
        for (identifier, id) in numbers { try see(id, at: sightings[identifier] ?? .max) }
        try make(absent, sightings, &numbers)
        return numbers
    }

    private func find(_ key: Key128) throws -> Int64? {
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        defer { query.reset() }
        return try key.withBytes { bytes in
            query.bind(1, lent: bytes)
            return try query.step() ? query.integer(0) : nil
        }
    }

    /// Numbers are given in the order of the identifiers, so that they do not depend on a hash table's whim.
    private func make(
        _ absent: [(key: Key128, identifier: Identifier)],
        _ sightings: [Identifier: Int64],
        _ numbers: inout [Identifier: Int64]
    ) throws {
        for (key, identifier) in absent.sorted(by: { (sightings[$0.identifier] ?? 0) < (sightings[$1.identifier] ?? 0) }
        ) {
            lastIdentifier += 1
            let profile = newProfile()
            nodes[lastIdentifier] = Node(
                identifier: identifier,
                firstSeen: sightings[identifier] ?? 0,
                profile: profile,
                isShared: false
            )
            memberships[profile] = Membership(
                members: [lastIdentifier],
                founder: lastIdentifier,
                isPlain: true,
                isShared: false
            )
            touched.insert(profile)
            made.append((lastIdentifier, key))
            numbers[identifier] = lastIdentifier
        }
    }

    /// Lowers the time that an identifier was first seen, and lets it found its profile if it comes first now.
    private func see(_ id: Int64, at time: Int64) throws {
        var node = try node(id)
        guard time < node.firstSeen else { return }
        node.firstSeen = time
        nodes[id] = node
        changedNodes.insert(id)
        let founder = try membership(node.profile).founder
        guard try id == founder || precedes(id, founder) else { return }
        try change(node.profile) { $0.founder = id }
        redated.insert(node.profile)
    }
}
