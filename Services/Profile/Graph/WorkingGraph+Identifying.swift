import Events
import Store

extension WorkingGraph {
    /// Finds out which identifiers there are, and has these and what is around them at hand from then on.
    ///
    /// Returns the number of each; 0 of one that is not there.
    func lookUp(_ mentions: Mentions) throws -> [Int64] {
        var numbers = mentions.keys.map { cache.ids[$0] ?? 0 }
        var unknown = zip(mentions.keys, numbers).enumerated()
            .filter { $1.1 == 0 }.map { (key: $1.0, place: $0) }
        // In the order of the index, neighbours in it are found together.
        unknown.sort { $0.key < $1.key }
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        try query.forEach(unknown) { key, _ in
            query.bind(1, key.bytes)
        } _: { key, place in
            guard try query.step() else { return }
            numbers[place] = query.integer(0)
            cache.ids.insert(query.integer(0), for: key)
        }
        try load(numbers.filter { $0 != 0 })
        return numbers
    }

    /// The numbers of identifiers; those that are new become profiles of their own for now.
    ///
    /// - Parameters:
    ///   - times: The least event time at which each is named; `.max` if it is not.
    ///   - known: What looking them up has found.
    func identify(_ mentions: Mentions, at times: [Int64], _ known: [Int64]) throws -> [Int64] {
        for (number, time) in zip(known, times) where number != 0 && time != .max { try see(number, at: time) }
        // Numbers that are given together are looked at together later.
        let ids = zip(known, times).enumerated().map { place, found in
            guard found.0 == 0, found.1 != .max else { return found.0 }
            return make(mentions.identifiers[place], firstSeen: found.1, mentions.keys[place])
        }
        if !cache.decided.isEmpty { for id in ids where isNew(id) { try reconsiderPartners(of: id) } }
        return ids
    }

    func find(_ key: Key128) throws -> Int64? {
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        defer { query.reset() }
        return try key.withBytes { bytes in
            query.bind(1, lent: bytes)
            return try query.step() ? query.integer(0) : nil
        }
    }

    private func make(_ identifier: Identifier, firstSeen: Int64, _ key: Key128) -> Int64 {
        lastIdentifier += 1
        let profile = newProfile()
        nodes[lastIdentifier] = Node(
            identifier: identifier,
            key: key,
            firstSeen: firstSeen,
            profile: profile
        )
        memberships[profile] = ProfileMembership(
            members: [lastIdentifier],
            founder: lastIdentifier,
            isPlain: true,
            isShared: false
        )
        touched.insert(profile)
        if cache.decided.concerns(key) {
            // It was waited for.
            retracted.insert(lastIdentifier)
            retold.insert(lastIdentifier)
        }
        return lastIdentifier
    }

    /// A part of a divided device, which becomes a profile of its own for now.
    func makePart(_ part: PartKey, firstSeen: Int64) throws -> Int64 {
        let (device, login) = (try node(part.device).identifier, try node(part.login).identifier)
        let id = make(device, firstSeen: firstSeen, hash.key(of: device, login: login))
        nodes[id] = try node(id).with(part: part)
        madeParts[part.device, default: [:]][part.login] = id
        return id
    }

    /// Puts another time in place of that at which an identifier was first seen, and in its profile's if it founds that.
    func date(_ id: Int64, _ firstSeen: Int64) throws {
        let node = try node(id)
        nodes[id] = node.with(firstSeen: firstSeen)
        if !isNew(id) { changedNodes.insert(id) }
        guard isThere(node.profile), try membership(node.profile).founder == id else { return }
        try change(node.profile) { _ in }
        redated.insert(node.profile)
    }

    /// Lowers the time that an identifier was first seen, and lets it found its profile if it comes first now.
    private func see(_ id: Int64, at time: Int64) throws {
        let node = try node(id)
        guard time < node.firstSeen else { return }
        nodes[id] = node.with(firstSeen: time)
        changedNodes.insert(id)
        // Which of its parts and another device's is a profile called by goes by its own time.
        if node.state == .divided { retracted.insert(id) }
        let founder = try membership(node.profile).founder
        guard try id == founder || precedes(id, founder) else { return }
        try change(node.profile) { $0.founder = id }
        redated.insert(node.profile)
    }
}
