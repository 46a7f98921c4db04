import GRDB
import Store

/// What the connector remembers: cursors, deliveries, and what is still to be published.
struct ConnectorStore: Sendable {
    private let store: Store

    /// Opens the store, and makes its tables the first time.
    init(path: String) throws {
        store = try Store(path: path, migrations: Schema.migrator)
        // What is deleted, and what a command was before it ended, is overwritten: it may be somebody's who is forgotten.
        try store.database.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA secure_delete = ON") }
    }

    func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await store.read(body)
    }

    func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await store.write(body)
    }

    /// Empties the write-ahead log into the file, so that nothing of what was overwritten is left.
    func checkpoint() async throws {
        try await store.database.writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
        }
    }
}

/// Why reading commands cannot go on.
enum PositionError: Error, Equatable, CustomStringConvertible {
    case otherLog(partition: String)
    case aheadOfLog(partition: String)
    case movedOn(partition: String)

    var description: String {
        switch self {
        case .otherLog(let partition): "The store was written with another log than this one (\(partition))."
        case .aheadOfLog(let partition):
            "The store has read further in \(partition) than the log goes: the log lost records."
        case .movedOn(let partition): "Another process has read on in \(partition) with the same store."
        }
    }
}
