import FoundationEssentials
import Store

/// What ids lead to that were handed out and are no identifier's any more (``Schema/heir``).
enum HeirRows {
    /// Notes that an id leads to the profile of an identifier, unless it is known what it leads to.
    static func note(_ id: Data, leadsTo heir: Data, in db: any SQLConnection) throws {
        let note = try BulkStatement("INSERT INTO heir (key, heir) VALUES (?, ?) ON CONFLICT DO NOTHING", in: db)
        note.bind(1, Array(id))
        note.bind(2, Array(heir))
        try note.run()
    }

    /// Notes that an id, and whatever led to it, leads to the profile of an identifier from now on.
    static func lead(_ id: [UInt8], to heir: [UInt8], in db: any SQLConnection) throws {
        let update = try BulkStatement("UPDATE heir SET heir = ?2 WHERE heir = ?1", in: db)
        let insert = try BulkStatement(
            "INSERT INTO heir (key, heir) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET heir = excluded.heir",
            in: db
        )
        for statement in [update, insert] {
            statement.bind(1, id)
            statement.bind(2, heir)
            try statement.run()
        }
    }

    /// Forgets what ids led to.
    static func forget(_ ids: Set<Key128>, in db: any SQLConnection) throws {
        let delete = try BulkStatement("DELETE FROM heir WHERE key = ?", in: db)
        for id in ids {
            delete.bind(1, id.bytes)
            try delete.run()
        }
    }

    /// The key of the identifier that an id leads to: its own, as long as there is one.
    static func key(of id: Data, in db: any SQLConnection) throws -> Data {
        let own: Data? = try db.first("SELECT key FROM identifier WHERE key = ?", [id]) { $0[0] }
        if let own { return own }
        let heir: Data? = try db.first("SELECT heir FROM heir WHERE key = ?", [id]) { $0[0] }
        return heir ?? id
    }

    /// Has ids of times on devices, as another store has them, lead to the devices where there are no such times any more; unless it is
    /// known what they lead to.
    ///
    /// Where the login is none on the device any more, nobody could tell whose they are once that one is forgotten.
    static func takeParts(from old: any SQLConnection, in db: any SQLConnection) throws {
        let isGone = try BulkStatement(
            """
            SELECT 1 FROM identifier d JOIN login l ON l.device = d.id JOIN identifier u ON u.id = l.login
            WHERE d.key = ?2 AND u.key = ?3 AND NOT EXISTS (SELECT 1 FROM identifier p WHERE p.key = ?1) LIMIT 1
            """,
            in: db
        )
        let query = """
            SELECT p.key, d.key, u.key FROM identifier p JOIN identifier d ON d.id = p.device
            JOIN identifier u ON u.id = p.login
            """
        // Nothing is taken in meanwhile: a PostgreSQL is not asked, and waited for, for each of them.
        var parts: [(id: Data, device: Data, login: Data)] = []
        func noteGathered() throws {
            try isGone.forEach(parts) { id, device, login in
                for (place, key) in [id, device, login].enumerated() { isGone.bind(Int32(place) + 1, Array(key)) }
            } _: { id, device, _ in
                if try isGone.step() { try note(id, leadsTo: device, in: db) }
            }
            parts = []
        }
        try old.throughWholeTables {
            try old.each(query, []) { row in
                parts.append((id: row[0], device: row[1], login: row[2]))
                if parts.count == 1000 { try noteGathered() }
                return true
            }
        }
        try noteGathered()
    }

    /// Takes over what ids led to in another store; what led there to ids that have heirs now leads to these.
    ///
    /// What leads nowhere any more is left out.
    static func take(from old: any SQLConnection, in db: any SQLConnection) throws {
        try old.each("SELECT key, heir FROM heir", []) { row in
            try note(row[0], leadsTo: row[1], in: db)
            return true
        }
        let isGone = "NOT EXISTS (SELECT 1 FROM identifier i WHERE i.key = heir.heir)"
        try db.throughWholeTables {
            let heir = "(SELECT n.heir FROM heir n WHERE n.key = heir.heir)"
            try db.execute("UPDATE heir SET heir = coalesce(\(heir), heir) WHERE \(isGone)")
            try db.execute("DELETE FROM heir WHERE \(isGone)")
        }
    }
}
