import Events
import Store

/// An identifier that a batch names, and the least event time at which it does.
struct Sighting {
    var identifier: Identifier
    var time: Int64
}

extension WorkingGraph {
    /// An identifier that is not remembered, with its place among the sightings.
    private struct Unknown {
        var key: Key128
        var place: Int
    }

    /// The numbers of distinct identifiers; those that are new become profiles of their own for now.
    func identify(_ sightings: [Sighting]) throws -> [Int64] {
        var numbers = Array(repeating: Int64(0), count: sightings.count)
        var unknown: [Unknown] = []
        for (place, sighting) in sightings.enumerated() {
            if let id = cache.ids[ExactName(sighting.identifier)] {
                numbers[place] = id
            } else {
                unknown.append(Unknown(key: hash.key(of: sighting.identifier), place: place))
            }
        }
        // In the order of the index, neighbours in it are found together.
        unknown.sort { $0.key < $1.key }
        var absent: [Unknown] = []
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        try query.forEach(unknown) { entry in
            query.bind(1, entry.key.bytes)
        } _: { entry in
            guard try query.step() else { return absent.append(entry) }
            let id = query.integer(0)
            cache.ids.insert(id, for: ExactName(sightings[entry.place].identifier))
            numbers[entry.place] = id
        }
        try load(numbers.filter { $0 != 0 })
        for (number, sighting) in zip(numbers, sightings) where number != 0 { try see(number, at: sighting.time) }
        // Numbers that are given together are looked at together later.
        for entry in absent.sorted(by: { $0.place < $1.place }) {
            numbers[entry.place] = make(sightings[entry.place], entry.key)
        }
        return numbers
    }

    func find(_ key: Key128) throws -> Int64? {
        let query = try BulkStatement("SELECT id FROM identifier WHERE key = ?", in: db)
        defer { query.reset() }
        return try key.withBytes { bytes in
            query.bind(1, lent: bytes)
            return try query.step() ? query.integer(0) : nil
        }
    }

    private func make(_ sighting: Sighting, _ key: Key128) -> Int64 {
        lastIdentifier += 1
        let profile = newProfile()
        nodes[lastIdentifier] = Node(
            identifier: sighting.identifier,
            key: key,
            firstSeen: sighting.time,
            profile: profile
        )
        memberships[profile] = Membership(
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
        let id = make(Sighting(identifier: device, time: firstSeen), hash.key(of: device, login: login))
        nodes[id] = try node(id).with(part: part)
        madeParts[part.device, default: [:]][part.login] = id
        return id
    }

    /// Lowers the time that an identifier was first seen, and lets it found its profile if it comes first now.
    private func see(_ id: Int64, at time: Int64) throws {
        let node = try node(id)
        guard time < node.firstSeen else { return }
        nodes[id] = node.with(firstSeen: time)
        changedNodes.insert(id)
        let founder = try membership(node.profile).founder
        guard try id == founder || precedes(id, founder) else { return }
        try change(node.profile) { $0.founder = id }
        redated.insert(node.profile)
    }
}
