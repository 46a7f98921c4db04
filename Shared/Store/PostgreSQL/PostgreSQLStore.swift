import PostgreSQL

/// A service's tables in a schema of a PostgreSQL.
///
/// - One process has a store: it holds a lock on the server, and a second process is refused. A store that is shared is refused only to
///   a process that would have it alone; who does what in it is for the processes to agree on.
/// - A transaction that met another's is made again, as is one that the server lost: what broke off at its commit is first looked
///   up by its mark. While the server is away, reads and writes wait for a minute.
public final class PostgreSQLStore: SQLStore {
    private let readers: PostgreSQLReaders
    private let writer: PostgreSQLWriter

    /// Connects, takes the store for this process, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - address: `postgres://user:password@host:port/database`; the user may make schemas, or the schema is there and is the user's.
    ///   - schema: The name of the schema, such as `kith_connector`.
    ///   - isShared: Whether other processes may have it at the same time, if they say so too.
    ///   - isStopping: Whether the process is to stop: who waits for the server then gives up, by a `CancellationError`.
    public init(
        _ address: String,
        schema: String,
        migrations: [SQLMigration],
        isShared: Bool = false,
        until isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws {
        var options = try PostgreSQLOptions(address, schema: schema)
        // A process that stalls in the middle of a transaction must not hold up the others with its locks.
        if isShared { options.preparation.append("SET idle_in_transaction_session_timeout = '5s'") }
        let patience = Patience(isStopping: isStopping)
        readers = PostgreSQLReaders(options, patience)
        writer = PostgreSQLWriter(options, schema: schema, isShared: isShared, patience)
        try await writer.prepare(migrations)
    }

    /// Reads on a consistent snapshot.
    public func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await readers.read(body)
    }

    /// Writes in one transaction.
    @discardableResult
    public func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await writer.write(body)
    }

    /// A file of SQLite cannot be made here.
    public func copy(to path: String) throws {
        throw StoreError.notCopied
    }

    /// Rewrites every table; what the server keeps elsewhere, such as its write-ahead log, is in its own hands.
    public func wipe() async throws { try await writer.wipe() }
}
