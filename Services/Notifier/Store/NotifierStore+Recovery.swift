import Events
import MessageLog
import Store
import Topics

extension NotifierStore {
    /// Whether nothing was ever read with this store.
    func isNew() async throws -> Bool {
        try await read { db in try Self.isNew(db) }
    }

    private static func isNew(_ db: any SQLConnection) throws -> Bool {
        try db.value("SELECT count(*) = 0 FROM position") ?? true
    }

    /// Notes what has been done before, and from where to read on, in a store that was made anew.
    func remember(_ keys: [OnceKey], positions: [Partition: Position], at time: Timestamp) async throws {
        try await write { db in
            // Another process may have done it meanwhile, and gone on.
            guard try Self.isNew(db) else { return }
            for key in keys {
                try db.execute(
                    "INSERT INTO once (key, time) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [key.description, time.microseconds]
                )
            }
            for (partition, position) in positions {
                try Self.place(position, of: partition.name, db)
            }
        }
    }
}
