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
    /// Adds an import, unless one of the same is running; that one then.
    ///
    /// Of two who come at once one adds.
    @discardableResult
    func add(
        _ row: ImportRow,
        at time: Timestamp,
        unless isSame: @escaping @Sendable (ImportRow) -> Bool = { _ in false }
    ) async throws -> ImportRow? {
        try await write { db -> ImportRow? in
            if let same = try Self.runningImports(db).first(where: isSame) { return same }
            try db.execute(
                "INSERT INTO import (id, entry, state, created) VALUES (?, ?, ?, ?)",
                [row.id, row.entry.text, row.state.rawValue, time.microseconds]
            )
            return nil
        }
    }

    func endImport(_ id: String, _ state: ImportRow.State, error: String?, at time: Timestamp) async throws {
        try await writePatiently { db in
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
        try await read { db in try Self.runningImports(db) }
    }

    private static func runningImports(_ db: any SQLConnection) throws -> [ImportRow] {
        try db.rows("SELECT * FROM import WHERE state = 'running' ORDER BY created").map(Self.importRow)
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
