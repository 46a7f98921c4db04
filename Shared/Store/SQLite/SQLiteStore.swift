import GRDB

/// A service's tables in a SQLite file of its own.
public final class SQLiteStore: BatchStore {
    private let store: Store
    private let searchTable: String?

    /// Opens the file, makes it when there is none, and brings its tables up to date.
    ///
    /// - Parameter searchTable: The full-text index, if there is one.
    public init(
        path: String,
        migrations: [SQLMigration],
        for purpose: Store.Purpose = .service,
        searchTable: String? = nil
    ) throws {
        store = try Store(path: path, migrations: migrations, for: purpose)
        self.searchTable = searchTable
    }

    /// Reads on a consistent snapshot.
    public func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        do {
            return try await withTaskCancellationHandler {
                try await store.read { try body(SQLiteConnection(database: $0, cancellation: cancellation)) }
            } onCancel: {
                cancellation.cancel()
            }
        } catch {
            throw SQLFailure.naming(error)
        }
    }

    /// Writes in one transaction.
    @discardableResult
    public func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await store.write { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw SQLFailure.naming(error)
        }
    }

    /// Reads on a consistent snapshot.
    public func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try store.read { try body(SQLiteConnection(database: $0)) }
    }

    /// Writes in one transaction.
    @discardableResult
    public func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try store.write { try body(SQLiteConnection(database: $0)) }
    }

    /// Reads on the writer's connection, while what the last transaction has changed is copied into the file.
    public func prepare(_ body: (any SQLConnection) throws -> Void) throws {
        try store.prepare { try body(SQLiteConnection(database: $0)) }
    }

    /// Puts the store to another purpose.
    public func put(to purpose: Store.Purpose) throws { try store.put(to: purpose) }

    /// Writes a copy, as one transaction sees the store, to a file that is not there yet.
    public func copy(to path: String) throws {
        Store.makePrivate(path)
        try store.database.backup(to: DatabaseQueue(path: path))
    }

    /// Writes the whole file anew.
    public func wipe() async throws { try await store.wipe(search: searchTable) }
}
