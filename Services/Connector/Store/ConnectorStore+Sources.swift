import Events
import Store

/// What is known of a source.
struct SourceRow: Sendable, Equatable {
    var state: JSONValue?
    var records: Int
    var rejected: Int
    var succeeded: Timestamp?
}

extension ConnectorStore {
    func source(_ name: String) async throws -> SourceRow? {
        try await read { db in
            try db.row("SELECT * FROM source WHERE name = ?", [name]).map { row in
                SourceRow(
                    state: (row["state"] as String?).flatMap { try? JSONValue(parsing: Array($0.utf8)) },
                    records: row["records"],
                    rejected: row["rejected"],
                    succeeded: (row["succeeded"] as Int64?).map { Timestamp(microseconds: $0) }
                )
            }
        }
    }

    /// Notes that a run came to its end.
    func succeeded(_ name: String, at time: Timestamp) async throws {
        try await write { db in
            try db.execute(
                """
                INSERT INTO source (name, succeeded) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET succeeded = excluded.succeeded
                """,
                [name, time.microseconds]
            )
        }
    }

    /// Whether a request was taken before.
    func hasReceived(_ id: String, source: String) async throws -> Bool {
        try await read { db in
            try db.value(
                "SELECT EXISTS (SELECT 1 FROM received WHERE source = ? AND id = ?)",
                [source, id]
            )
                ?? false
        }
    }
}
