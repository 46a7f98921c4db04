import ConnectorKit
import Events
import Identity
import Store

extension ConnectorStore {
    /// Forgets people: when it returns, the files have no byte of what told of them.
    ///
    /// Their deliveries that wait or are under way are dropped; of those that have ended only the outcome is kept. What was
    /// to be published of them is not.
    func forget(_ people: [PersonTraces]) async throws {
        for traces in people { try await forget(traces) }
        try await wipe()
    }

    private func forget(_ traces: PersonTraces) async throws {
        try await write { [forgettings] db in
            forgettings.add()
            // What follows from an append under way is known as well; it is only needed after a crash.
            try db.execute("UPDATE intent SET state = NULL, notes = NULL")
            try Self.forgetDeliveries(traces, db)
            try Self.forgetDetails(traces, db)
            try Self.forgetOutbox(traces, db)
            try Self.forgetRecords(traces, db)
            try Self.forgetStates(traces, db)
            try Self.forgetImports(traces, db)
            // By the vendors' ids, as versions before noted them; one that comes again is known by its events as well.
            try db.execute("DELETE FROM received WHERE id NOT LIKE 'letter %' AND id NOT LIKE 'request %'")
        }
    }

    /// Drops a delivery, whatever has become of it.
    func drop(_ id: String) async throws {
        try await writePatiently { db in try Self.drop(id, db) }
    }

    static func drop(_ id: String, _ db: any SQLConnection) throws {
        try db.execute("DELETE FROM attempt WHERE delivery = ?", [id])
        let dropped = try db.row("DELETE FROM delivery WHERE id = ? RETURNING destination, person", [id])
        if let dropped { try release(dropped["person"], at: dropped["destination"], db) }
    }

    private static func forgetDeliveries(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        try db.forEachRow("SELECT id, command FROM delivery WHERE command IS NOT NULL", by: "id", from: "") { row in
            if traces.areFound(in: Array((row["command"] as String).utf8)) { try drop(row["id"], db) }
        }
    }

    /// A server may say in its answer whom it was for, and an error what it was about.
    private static func forgetDetails(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        let places = [("delivery", "id", "detail"), ("import", "id", "error"), ("source_status", "name", "error")]
        for (table, key, column) in places {
            let told = "SELECT \(key), \(column) FROM \(table) WHERE \(column) IS NOT NULL"
            try db.forEachRow(told, by: key, from: "") { row in
                guard traces.areFound(in: row[column] as String) else { return }
                try db.execute("UPDATE \(table) SET \(column) = NULL WHERE \(key) = ?", [row[key] as String])
            }
        }
        try forgetAttempts(traces, db)
    }

    private static func forgetAttempts(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        var place = ("", 0)
        while true {
            let rows = try db.rows(
                """
                SELECT delivery, number, detail FROM attempt WHERE (delivery, number) > (?, ?)
                ORDER BY delivery, number LIMIT 1000
                """,
                [place.0, place.1]
            )
            for row in rows {
                place = (row["delivery"], row["number"])
                guard let detail: String = row["detail"], traces.areFound(in: detail) else { continue }
                try db.execute(
                    "UPDATE attempt SET detail = NULL WHERE delivery = ? AND number = ?",
                    [place.0, place.1]
                )
            }
            if rows.isEmpty { return }
        }
    }

    /// What tells a record from the others may be an address.
    private static func forgetRecords(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        var place = ("", "", "")
        while true {
            let rows = try db.rows(
                """
                SELECT source, stream, key FROM record WHERE (source, stream, key) > (?, ?, ?)
                ORDER BY source, stream, key LIMIT 10000
                """,
                [place.0, place.1, place.2]
            )
            for row in rows {
                place = (row["source"], row["stream"], row["key"])
                guard traces.areFound(in: Array(place.2.utf8)) else { continue }
                try remember([RecordNote(stream: place.1, key: place.2, record: nil)], of: place.0, db)
            }
            if rows.isEmpty { return }
        }
    }

    /// Where a source goes on may be told by the id of a record, such as an address: it goes on before that then.
    private static func forgetStates(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        try db.forEachRow("SELECT name, state FROM source WHERE state IS NOT NULL", by: "name", from: "") { row in
            let text: String = row["state"]
            guard traces.areFound(in: Array(text.utf8)) else { return }
            let rest = (try? JSONValue(state: text))?.without(traces)
            try db.execute("UPDATE source SET state = ? WHERE name = ?", [rest?.text, row["name"] as String])
        }
    }

    /// A file may be called after whom it is about.
    private static func forgetImports(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        try db.forEachRow("SELECT id, entry FROM import WHERE state <> 'running'", by: "id", from: "") { row in
            guard traces.areFound(in: Array((row["entry"] as String).utf8)) else { return }
            try db.execute("DELETE FROM import WHERE id = ?", [row["id"] as String])
        }
    }

    private static func forgetOutbox(_ traces: PersonTraces, _ db: any SQLConnection) throws {
        try db.forEachRow("SELECT id, key, value FROM outbox WHERE 1 = 1", by: "id", from: Int64(-1)) { row in
            let (key, value): (String, String) = (row["key"], row["value"])
            guard traces.areFound(in: key) || traces.areFound(in: Array(value.utf8)) else { return }
            try db.execute("DELETE FROM outbox WHERE id = ?", [row["id"] as Int64])
        }
    }
}

extension JSONValue {
    /// The value without the members that tell of some persons; `nil` if it is none and tells of them.
    fileprivate func without(_ traces: PersonTraces) -> JSONValue? {
        guard traces.areFound(in: bytes) else { return self }
        guard case .object(let members) = self else { return nil }
        let others = members.filter { !traces.areFound(in: $0.key) }
        return .object(others.compactMapValues { $0.without(traces) })
    }
}
