import Foundation
import GRDB
import Identity

extension NotifierStore {
    /// Forgets a person: when it returns, the files have no byte of what was to be published of them.
    ///
    /// What was sent is known by hashes of messages, which stay.
    func forget(_ traces: PersonTraces) async throws {
        try await write { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT id, key, value FROM outbox")
            var found: [Int64] = []
            while let row = try rows.next() {
                let (key, value) = ([UInt8](row["key"] as Data), [UInt8](row["value"] as Data))
                if traces.areFound(in: key) || traces.areFound(in: value) { found.append(row["id"]) }
            }
            for id in found { try db.execute(sql: "DELETE FROM outbox WHERE id = ?", arguments: [id]) }
        }
        try await checkpoint()
    }
}
