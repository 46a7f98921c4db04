import Identity
import Store

extension NotifierStore {
    /// Forgets people: when it returns, the files have no byte of what was to be published of them.
    ///
    /// What was sent is known by hashes of messages, which stay.
    func forget(_ people: [PersonTraces]) async throws {
        for traces in people { try await forget(traces) }
        try await wipe()
    }

    private func forget(_ traces: PersonTraces) async throws {
        try await write { db in
            try db.forEachRow("SELECT id, key, value FROM outbox WHERE 1 = 1", by: "id", from: Int64(-1)) { row in
                let (key, value): ([UInt8], [UInt8]) = (row["key"], row["value"])
                guard traces.areFound(in: key) || traces.areFound(in: value) else { return }
                try db.execute("DELETE FROM outbox WHERE id = ?", [row["id"] as Int64])
            }
        }
    }
}
