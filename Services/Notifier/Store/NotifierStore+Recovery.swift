import Events
import MessageLog
import Store
import Topics

extension NotifierStore {
    /// Notes what has been done before, and in a store with which nothing was ever read from where to read on.
    ///
    /// One from before reads again what it has not read: what the one in its place had not published yet is only in that.
    func remember(_ keys: [OnceKey], positions: [Partition: Position], at time: Timestamp) async throws {
        try await writePatiently { db in
            for key in keys {
                try db.execute(
                    "INSERT INTO once (key, time) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [key.description, time.microseconds]
                )
            }
            // Another process may have done it meanwhile, and gone on.
            guard try db.value("SELECT count(*) = 0 FROM position") ?? true else { return }
            for (partition, position) in positions {
                try Self.place(position, of: partition.name, db)
            }
        }
    }
}
