import Events
import Store

extension WorkingGraph {
    /// Writes the identifiers that are new, and those that changed, and removes those that are gone.
    func saveNodes() throws {
        try insertNodes()
        let update = try BulkStatement(
            "UPDATE identifier SET first_seen = ?2, profile = ?3, shared = ?4 WHERE id = ?1",
            in: db
        )
        for id in changedNodes.sorted() where !isNew(id) && !removed.contains(id) {
            let node = try node(id)
            update.bind(1, id)
            update.bind(2, node.firstSeen)
            update.bind(3, node.profile)
            update.bind(4, node.state.rawValue)
            try update.add()
        }
        try deleteNodes()
    }

    private func deleteNodes() throws {
        if !removed.isEmpty { try saveHeirs() }
        let delete = try BulkStatement("DELETE FROM identifier WHERE id = ?", in: db)
        for id in removed where !isNew(id) {
            delete.bind(1, id)
            try delete.add()
        }
    }

    private func insertNodes() throws {
        let insert = try BulkStatement(
            """
            INSERT INTO identifier (id, key, namespace, value, first_seen, profile, shared, device, login)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
        for id in made where !removed.contains(id) {
            let node = try node(id)
            insert.bind(1, id)
            insert.bind(3, try cache.namespaces.id(of: node.identifier.namespace, in: db))
            insert.bind(4, node.identifier.value)
            insert.bind(5, node.firstSeen)
            insert.bind(6, node.profile)
            insert.bind(7, node.state.rawValue)
            if let part = node.part {
                insert.bind(8, part.device)
                insert.bind(9, part.login)
            } else {
                insert.bindNull(8)
                insert.bindNull(9)
            }
            try node.key.withBytes { bytes in
                insert.bind(2, lent: bytes)
                try insert.add()
            }
        }
    }

    /// The key that an identifier is known by outside.
    func key(of id: Int64) throws -> Key128 { try node(id).key }
}
