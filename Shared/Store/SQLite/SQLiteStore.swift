import Foundation
import GRDB

/// A service's tables in a SQLite file of its own.
public struct SQLiteStore: SQLStore {
    private let store: Store

    /// Opens the file, makes it when there is none, and brings its tables up to date.
    public init(path: String, migrations: [SQLMigration]) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { db in
                for statement in migration.statements { try db.execute(sql: statement) }
            }
        }
        store = try Store(path: path, migrations: migrator)
    }

    /// Reads on a consistent snapshot.
    public func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.read { try body(SQLiteConnection(database: $0)) }
    }

    /// Writes in one transaction.
    @discardableResult
    public func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await store.write { try body(SQLiteConnection(database: $0)) }
    }

    /// Writes a copy, as one transaction sees the store, to a file that is not there yet.
    public func copy(to path: String) throws { try store.reader.backup(to: DatabaseQueue(path: path)) }

    /// Writes the whole file anew.
    public func wipe() async throws { try await store.wipe() }
}

/// A transaction or a snapshot of a SQLite file.
private struct SQLiteConnection: SQLConnection {
    let database: Database
    let dialect = SQLDialect.sqlite

    func run(_ text: String, _ arguments: [SQLValue]) throws -> SQLResult {
        let statement = try database.cachedStatement(sql: text)
        statement.arguments = StatementArguments(arguments.map(\.databaseValue))
        guard statement.columnCount > 0 else {
            try statement.execute()
            return SQLResult(rows: [], changes: database.changesCount)
        }
        let columns = statement.columnNames
        let cursor = try Row.fetchCursor(statement)
        var rows: [SQLRow] = []
        while let row = try cursor.next() {
            let values = (0..<columns.count).map { SQLValue(row[$0] as DatabaseValue) }
            rows.append(SQLRow(columns: columns, values: values))
        }
        return SQLResult(rows: rows, changes: database.changesCount)
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes([UInt8](data))
        }
    }
}
