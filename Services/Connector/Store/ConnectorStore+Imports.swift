import Events
import Store

/// A file that is to be imported once.
struct ImportRow: Sendable, Equatable {
    enum State: String, Sendable {
        case running
        case done
        case failed
    }

    var id: String
    /// The source's entry, as it would stand in the configuration.
    var entry: JSONValue
    var state: State
    var error: String?
}

extension ConnectorStore {
    func add(_ row: ImportRow, at time: Timestamp) async throws {
        try await write { db in
            try db.execute(
                "INSERT INTO import (id, entry, state, created) VALUES (?, ?, ?, ?)",
                [row.id, row.entry.text, row.state.rawValue, time.microseconds]
            )
        }
    }

    func endImport(_ id: String, _ state: ImportRow.State, error: String?, at time: Timestamp) async throws {
        try await write { db in
            try db.execute(
                "UPDATE import SET state = ?, error = ?, ended = ? WHERE id = ?",
                [state.rawValue, error?.storable, time.microseconds, id]
            )
        }
    }

    func importRow(_ id: String) async throws -> ImportRow? {
        try await read { db in
            try db.row("SELECT * FROM import WHERE id = ?", [id]).map(Self.importRow)
        }
    }

    /// Those that had not ended when the process did.
    func unfinishedImports() async throws -> [ImportRow] {
        try await read { db in
            try db.rows("SELECT * FROM import WHERE state = 'running' ORDER BY created").map(
                Self.importRow
            )
        }
    }

    private static func importRow(_ row: SQLRow) -> ImportRow {
        let text: String = row["entry"]
        return ImportRow(
            id: row["id"],
            entry: (try? JSONValue(parsing: Array(text.utf8))) ?? .null,
            state: ImportRow.State(rawValue: row["state"]) ?? .failed,
            error: row["error"]
        )
    }
}
