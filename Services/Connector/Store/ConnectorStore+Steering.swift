import Events
import Store

extension ConnectorStore {
    /// The sources that are not to be read.
    func pausedSources() async throws -> Set<String> {
        try await read { db in try Set(db.rows("SELECT name FROM source WHERE paused <> 0").map { $0["name"] }) }
    }

    func setPaused(_ isPaused: Bool, source name: String) async throws {
        try await write { db in
            try db.execute(
                """
                INSERT INTO source (name, paused) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET paused = excluded.paused
                """,
                [name, isPaused]
            )
        }
    }

    /// Puts another state in place of a source's own; `nil` makes it begin anew.
    ///
    /// What was remembered of its records, or of one stream's, goes: they are sent again. A run under way puts nothing in its place.
    func replaceState(_ state: JSONValue?, source name: String, stream: String? = nil) async throws {
        let text = state?.text
        try await write { db in
            try Self.forgetRecords(of: name, stream: stream, db)
            try db.execute("UPDATE intent SET state = NULL, notes = NULL WHERE source = ?", [name])
            try db.execute(
                """
                INSERT INTO source (name, state) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET state = excluded.state
                """,
                [name, text]
            )
        }
    }
}
