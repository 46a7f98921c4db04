import Events
import Store

/// What a source gave, and when it was last read to its end.
struct SourceCounts: Sendable, Equatable {
    var records: Int
    var rejected: Int
    var succeeded: Timestamp?
}

extension ConnectorStore {
    /// Where a source goes on from.
    func state(of name: String) async throws -> JSONValue? {
        try await stateText(of: name).map { try JSONValue(state: $0) }
    }

    /// The same as the store keeps it.
    func stateText(of name: String) async throws -> String? {
        try await read { db in try db.value("SELECT state FROM source WHERE name = ?", [name]) }
    }

    /// What is known of a source besides its state, which may be large, or not to be read at all.
    func counts(of name: String) async throws -> SourceCounts? {
        try await read { db in
            try db.row("SELECT records, rejected, succeeded FROM source WHERE name = ?", [name]).map { row in
                SourceCounts(
                    records: row["records"],
                    rejected: row["rejected"],
                    succeeded: (row["succeeded"] as Int64?).map { Timestamp(microseconds: $0) }
                )
            }
        }
    }

    /// Notes that a run came to its end.
    func succeeded(_ name: String, at time: Timestamp) async throws {
        try await writePatiently { db in
            try db.execute(
                """
                INSERT INTO source (name, succeeded) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET succeeded = excluded.succeeded
                """,
                [name, time.microseconds]
            )
        }
    }

    /// Those of these ids of dead letters that were noted in the last days.
    func knownLetters(_ ids: [String], source: String) async throws -> Set<String> {
        try await read { db in
            try Set(ids.filter { try Self.hasReceived("letter \($0)", source, db) })
        }
    }

    /// Notes the ids of dead letters, for a week: so often at most is one written again.
    func noteLetters(_ ids: [String], source: String, at time: Timestamp) async throws {
        try await writePatiently { db in
            try Self.receive(ids.map { "letter \($0)" }, source, at: time, db)
        }
    }

    /// Takes note of something that comes again, and forgets what is older than a week.
    static func receive(_ ids: [String], _ source: String, at time: Timestamp, _ db: any SQLConnection) throws {
        for id in ids {
            try db.execute(
                "INSERT INTO received (source, id, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [source, id, time.microseconds]
            )
        }
        // Vendors send again for days what was not taken.
        try db.execute("DELETE FROM received WHERE time < ?", [time.microseconds - 7 * 86_400_000_000])
    }

    private static func hasReceived(_ id: String, _ source: String, _ db: any SQLConnection) throws -> Bool {
        try db.row("SELECT 1 FROM received WHERE source = ? AND id = ?", [source, id]) != nil
    }

    /// Whether a request was taken before.
    func hasReceived(_ id: String, source: String) async throws -> Bool {
        try await read { db in try Self.hasReceived(id, source, db) }
    }
}
