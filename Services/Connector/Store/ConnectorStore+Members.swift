import ConnectorKit
import Events
import Membership
import Store

/// What the members of a group tell one another of the sources.
struct SourceNews: Sendable, Equatable {
    /// What each source is doing.
    var statuses: [String: SourceStatus] = [:]
    /// Those that are not to be read.
    var paused: Set<String> = []
    /// How often each was asked for.
    var asked: [String: Int64] = [:]
}

extension ConnectorStore {
    // MARK: What gone members left

    /// Makes what was written before there were members that of the one which had the store for itself then.
    func nameOutbox(after group: String) async throws {
        try await writePatiently { db in
            for table in ["outbox", "intent"] {
                try db.execute("UPDATE \(table) SET member = ? WHERE member = ''", [group])
            }
        }
    }

    /// Whether a member has something that is to go to the log, or may be there.
    func hasLeft(_ other: String) async throws -> Bool {
        try await read { db in
            try ["outbox", "intent"].contains { table in
                try db.row("SELECT 1 FROM \(table) WHERE member = ? LIMIT 1", [other]) != nil
            }
        }
    }

    /// Whether another member may have put something of a source on the log without having noted that it did.
    func isInDoubt(_ source: String) async throws -> Bool {
        let member = member
        return try await read { db in
            try db.row("SELECT 1 FROM intent WHERE source = ? AND member <> ?", [source, member]) != nil
        }
    }

    /// Takes over the outbox of a member that is gone.
    func inheritOutbox(of other: String) async throws {
        let member = member
        try await writePatiently { db in try db.inheritOutboxRows(of: other, by: member) }
    }

    // MARK: What members tell

    /// Asks whoever reads a source to do it at once.
    func ask(for source: String) async throws {
        try await write { db in
            try db.execute(
                """
                INSERT INTO source (name, asked) VALUES (?, 1)
                ON CONFLICT (name) DO UPDATE SET asked = source.asked + 1
                """,
                [source]
            )
        }
    }

    /// Tells what sources are doing.
    func tell(_ statuses: [String: SourceStatus]) async throws {
        guard !statuses.isEmpty else { return }
        try await writePatiently { db in
            for (name, status) in statuses {
                try db.execute(
                    """
                    INSERT INTO source_status (name, state, error, done, total) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET state = excluded.state, error = excluded.error,
                        done = excluded.done, total = excluded.total
                    """,
                    [
                        name, status.state.rawValue, status.error?.storable, status.progress?.done,
                        status.progress?.total,
                    ]
                )
            }
        }
    }

    /// What was told.
    func news() async throws -> SourceNews {
        try await read { db in
            var news = SourceNews()
            for row in try db.rows("SELECT * FROM source_status") { news.statuses[row["name"]] = SourceStatus(row) }
            for row in try db.rows("SELECT name, paused, asked, succeeded FROM source") {
                let name: String = row["name"]
                if row["paused"] { news.paused.insert(name) }
                news.asked[name] = row["asked"]
                news.statuses[name]?.succeeded = (row["succeeded"] as Int64?).map { Timestamp(microseconds: $0) }
            }
            return news
        }
    }
}

extension SourceStatus {
    fileprivate init(_ row: SQLRow) {
        self.init(state: State(rawValue: row["state"]) ?? .idle, error: row["error"])
        if let done: Int64 = row["done"], let total: Int64 = row["total"] {
            progress = SourceProgress(done: done, total: total)
        }
    }
}
