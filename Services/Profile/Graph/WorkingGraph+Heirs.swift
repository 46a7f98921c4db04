import Store

/// What the ids of parts of devices lead to once there are no such parts any more.
extension WorkingGraph {
    /// For each part from before that was taken away, what founds the profile that it has left, or that this has become.
    ///
    /// Of one whose device or login is taken away as well nothing is to be known.
    func partHeirs() throws -> [(part: Int64, heir: Int64)] {
        try removed.compactMap { id in
            guard let part = try node(id).part, !removed.contains(part.device), !removed.contains(part.login),
                let origin = try origin(of: id)
            else { return nil }
            let profile = ActivityRows.heir(of: origin, successors)
            let heir = try vanished.contains(profile) ? part.device : membership(profile).founder
            return (part: id, heir: heir)
        }
    }

    /// Notes what the ids of identifiers that are gone lead to, and what led to these: nowhere, but for parts of devices.
    func saveHeirs() throws {
        let heirs = try partHeirs()
        let led = Set(heirs.map(\.part))
        for column in ["heir", "key"] {
            let forget = try BulkStatement("DELETE FROM heir WHERE \(column) = ?", in: db)
            for id in removed where !isNew(id) && !led.contains(id) {
                forget.bind(1, try key(of: id).bytes)
                try forget.add()
            }
        }
        for (part, heir) in heirs { try HeirRows.lead(key(of: part).bytes, to: key(of: heir).bytes, in: db) }
    }

    /// The ids that parts of devices have, or had, whose login an identifier is.
    func partKeys(of login: Int64) throws -> Set<Key128> {
        guard !isNew(login) else { return [] }
        let query = try BulkStatement("SELECT DISTINCT device FROM login WHERE login = ?", in: db)
        query.bind(1, login)
        var devices: [Int64] = []
        while try query.step() { devices.append(query.integer(0)) }
        let name = try node(login).identifier
        return Set(try devices.map { hash.key(of: try node($0).identifier, login: name) })
    }
}
