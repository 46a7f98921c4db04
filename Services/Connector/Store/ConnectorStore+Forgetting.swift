import ConnectorKit
import GRDB
import Identity

extension ConnectorStore {
    /// Forgets a person: when it returns, the files have no byte of what told of them.
    ///
    /// Their deliveries that wait or are under way are dropped; of those that have ended only the outcome is kept. What was
    /// to be published of them is not.
    func forget(_ traces: PersonTraces) async throws {
        try await write { db in
            try Self.forgetDeliveries(traces, db)
            try Self.forgetDetails(traces, db)
            try Self.forgetOutbox(traces, db)
            try Self.forgetRecords(traces, db)
        }
        try await wipe()
    }

    /// Drops a delivery, whatever has become of it.
    func drop(_ id: String) async throws {
        try await write { db in try Self.drop([id], db) }
    }

    private static func drop(_ ids: [String], _ db: Database) throws {
        for id in ids {
            try db.execute(sql: "DELETE FROM attempt WHERE delivery = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM delivery WHERE id = ?", arguments: [id])
        }
    }

    private static func forgetDeliveries(_ traces: PersonTraces, _ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT id, command FROM delivery WHERE command IS NOT NULL")
        var found: [String] = []
        while let row = try rows.next() {
            if traces.areFound(in: Array((row["command"] as String).utf8)) { found.append(row["id"]) }
        }
        try drop(found, db)
    }

    /// A server may say in its answer whom it was for, and an error what it was about.
    private static func forgetDetails(_ traces: PersonTraces, _ db: Database) throws {
        for (table, column) in [("delivery", "detail"), ("attempt", "detail"), ("import", "error")] {
            let sql = "SELECT rowid AS place, \(column) AS text FROM \(table) WHERE \(column) IS NOT NULL"
            let rows = try Row.fetchCursor(db, sql: sql)
            var found: [Int64] = []
            while let row = try rows.next() {
                if traces.areFound(in: row["text"] as String) { found.append(row["place"]) }
            }
            for place in found {
                try db.execute(sql: "UPDATE \(table) SET \(column) = NULL WHERE rowid = ?", arguments: [place])
            }
        }
    }

    /// What tells a record from the others may be an address.
    private static func forgetRecords(_ traces: PersonTraces, _ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT source, stream, key FROM record")
        var found: [(String, RecordNote)] = []
        while let row = try rows.next() {
            let key: String = row["key"]
            guard traces.areFound(in: Array(key.utf8)) else { continue }
            found.append((row["source"], RecordNote(stream: row["stream"], key: key, record: nil)))
        }
        for (source, note) in found { try remember([note], of: source, db) }
    }

    private static func forgetOutbox(_ traces: PersonTraces, _ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT id, key, value FROM outbox")
        var found: [Int64] = []
        while let row = try rows.next() {
            let (key, value): (String, String) = (row["key"], row["value"])
            if traces.areFound(in: key) || traces.areFound(in: Array(value.utf8)) { found.append(row["id"]) }
        }
        for id in found { try db.execute(sql: "DELETE FROM outbox WHERE id = ?", arguments: [id]) }
    }
}
