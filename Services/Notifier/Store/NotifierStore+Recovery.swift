import Events
import GRDB
import MessageLog
import Topics

extension NotifierStore {
    /// Whether nothing was ever read with this store.
    func isNew() async throws -> Bool {
        try await read { db in try Bool.fetchOne(db, sql: "SELECT count(*) = 0 FROM position") ?? true }
    }

    /// Notes what has been done before, and from where to read on, in a store that was made anew.
    func remember(_ keys: [OnceKey], positions: [Partition: Position], at time: Timestamp) async throws {
        try await write { db in
            for key in keys {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO once (key, time) VALUES (?, ?)",
                    arguments: [key.description, time.microseconds]
                )
            }
            for (partition, position) in positions {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO position (partition, epoch, next) VALUES (?, ?, ?)",
                    arguments: [partition.name, position.epoch.description, Int64(clamping: position.next)]
                )
            }
        }
    }
}
