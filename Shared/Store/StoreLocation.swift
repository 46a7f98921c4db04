/// Where a service keeps its tables: in a file of its own, or in a PostgreSQL.
public enum StoreLocation {
    /// Opens the store, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - address: A PostgreSQL's, `postgres://user:password@host:port/database`; `nil` is the file.
    ///   - schema: The schema there; a process has it alone.
    ///   - path: The file.
    public static func open(
        _ address: String?,
        schema: String,
        path: String,
        migrations: [SQLMigration]
    ) async throws -> any SQLStore {
        guard let address else { return try SQLiteStore(path: path, migrations: migrations) }
        return try await PostgreSQLStore(address, schema: schema, migrations: migrations)
    }
}
