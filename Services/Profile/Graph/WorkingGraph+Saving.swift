import Events
import GRDB
import Store

extension WorkingGraph {
    /// Writes the identifiers that are new, and those that changed.
    func saveNodes() throws {
        try insertNodes()
        let update = try BulkStatement(
            "UPDATE identifier SET first_seen = ?2, profile = ?3, shared = ?4 WHERE id = ?1",
            in: db
        )
        for id in changedNodes.sorted() where !isNew(id) {
            let node = try node(id)
            update.bind(1, id)
            update.bind(2, node.firstSeen)
            update.bind(3, node.profile)
            update.bind(4, node.isShared ? 1 : 0)
            try update.run()
        }
    }

    private func insertNodes() throws {
        let insert = try BulkStatement(
            """
            INSERT INTO identifier (id, key, namespace, value, first_seen, profile, shared) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
        for (id, key) in made {
            let node = try node(id)
            insert.bind(1, id)
            insert.bind(3, try cache.namespaces.id(of: node.identifier.namespace, in: db))
            insert.bind(4, node.identifier.value)
            insert.bind(5, node.firstSeen)
            insert.bind(6, node.profile)
            insert.bind(7, node.isShared ? 1 : 0)
            try key.withBytes { bytes in
                insert.bind(2, lent: bytes)
                try insert.run()
            }
        }
    }

    /// The key that an identifier is known by outside.
    func key(of id: Int64) throws -> Key128 { hash.key(of: try node(id).identifier) }
}
