import Store

/// What is taken away because nobody names it any more, or is to be forgotten.
extension WorkingGraph {
    /// Takes a part of a device away; what is anchored to it is for ``reanchor()`` to move.
    func removePart(_ id: Int64) throws {
        removed.insert(id)
        guard let device = try node(id).part?.device else { return }
        try leaveProfile(id, forThatOf: device)
    }

    /// Takes an identifier away, with all that was said of it alone.
    func remove(_ id: Int64) throws {
        for part in try parts(of: id).values {
            try removePart(part)
            try removeRows("observation WHERE identifier", of: part)
        }
        try reconsiderPartners(of: id)
        removed.insert(id)
        try leaveProfile(id, forThatOf: nil)
        try removeSaid(of: id)
        try removeRows("login WHERE device", of: id)
    }

    /// Takes away all that was said of an identifier, which stays itself: what says something of it is noted afterwards.
    func clear(_ id: Int64) throws {
        try removeSaid(of: id)
        if try isDevice(id) { try forgetUse(of: id) }
        newPairs.removeAll { $0.first == id || $0.second == id }
        betterPairs.removeAll { $0.first == id || $0.second == id }
        retracted.insert(id)
        retold.insert(id)
    }

    private func removeSaid(of id: Int64) throws {
        let neighbours = try neighbours(of: id)
        try loadNodes(neighbours)
        for neighbour in neighbours {
            // Without it an address may be one person's, and what was too many people's may be few's.
            retracted.insert(neighbour)
            try removePair(Pair(id, neighbour))
            try look(behind: neighbour)
        }
        try forgetLogins(of: id)
        try removeRows("observation WHERE identifier", of: id)
    }

    /// Takes away all events that are anchored to an identifier, or to a part of a device, whether the log still has them or not.
    func removeEvents(of id: Int64) throws {
        guard !isNew(id) else { return }
        let runs = db.dialect.isAny(of: Run.all)
        let query = try BulkStatement(
            "SELECT run, count(*) FROM timeline WHERE run \(runs) AND identifier = ? GROUP BY run",
            in: db
        )
        query.bind(1, id)
        while try query.step() { withdrawn[query.integer(0), default: 0] += query.integer(1) }
        try removeRows("timeline WHERE run \(runs) AND identifier", of: id)
        try removeRows("tally WHERE run \(runs) AND identifier", of: id)
        recounts.insert(try node(id).profile)
    }

    private func removeRows(_ rows: String, of id: Int64) throws {
        let delete = try BulkStatement("DELETE FROM \(rows) = ?", in: db)
        delete.bind(1, id)
        try delete.run()
    }

    /// Takes an identifier out of its profile; one that has no other goes over into that of another identifier, or vanishes.
    private func leaveProfile(_ id: Int64, forThatOf other: Int64?) throws {
        let profile = try node(id).profile
        guard successors[profile] == nil, !vanished.contains(profile) else { return }
        refolds.insert(profile)
        recounts.insert(profile)
        let members = try membership(profile).members.filter { $0 != id }
        if !members.isEmpty {
            let founder = try founder(of: members)
            try change(profile) { membership in
                membership.members = members
                membership.founder = founder
            }
        } else if let other {
            try dissolve(profile, into: node(other).profile)
        } else {
            if wasThere(profile: profile), originals[profile] == nil { originals[profile] = try membership(profile) }
            memberships[profile] = nil
            touched.remove(profile)
            vanished.insert(profile)
        }
    }
}
