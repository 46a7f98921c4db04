import PostgreSQL

/// The connection that writes: its transactions follow one another, and while it is open nobody else has the store, unless it is shared.
actor PostgreSQLWriter {
    private let options: PostgreSQLOptions
    private let schema: String
    private let isShared: Bool
    private var connection: PostgreSQLConnection?
    /// The connection that is being made: who comes meanwhile waits for the same one.
    private var opening: Task<PostgreSQLConnection, any Error>?

    init(_ options: PostgreSQLOptions, schema: String, isShared: Bool) {
        self.options = options
        self.schema = schema
        self.isShared = isShared
    }

    // MARK: Transactions

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await Patience.wait {
            do {
                return try await self.attempt(body)
            } catch let doubt as CommitInDoubt<Value> {
                guard try await self.hasCommitted(doubt.number) else { throw doubt.cause }
                return doubt.value
            }
        }
    }

    private func attempt<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await lent().perform { statements in
            try statements.query("BEGIN ISOLATION LEVEL SERIALIZABLE")
            do {
                let transaction = PostgreSQLTransaction(statements: statements)
                let value = try body(transaction)
                try transaction.sendGathered()
                try Self.commit(statements, value)
                return value
            } catch {
                _ = try? statements.query("ROLLBACK")
                throw error
            }
        }
    }

    /// When the connection breaks while the server commits, nobody knows whether it did.
    private static func commit<Value: Sendable>(_ statements: PostgreSQLStatements, _ value: Value) throws {
        let number = try statements.query("SELECT pg_current_xact_id_if_assigned()").text(0, 0)
        do throws(PostgreSQLError) {
            try statements.query("COMMIT")
        } catch {
            guard error.isConnectionLost, let number else { throw error }
            throw CommitInDoubt(number: number, value: value, cause: error)
        }
    }

    private struct CommitInDoubt<Value: Sendable>: Error {
        let number: String
        let value: Value
        let cause: PostgreSQLError
    }

    /// What became of a transaction; its server process may still be at it.
    private func hasCommitted(_ number: String) async throws -> Bool {
        try await Patience.wait {
            try await self.lent().perform { try $0.hasCommitted(number) }
        }
    }

    // MARK: The connection

    private func lent() async throws -> PostgreSQLConnection {
        if let connection, await connection.isUsable { return connection }
        if let opening { return try await opening.value }
        let task = Task { try await self.open() }
        opening = task
        defer { opening = nil }
        let opened = try await task.value
        connection = opened
        return opened
    }

    private func open() async throws -> PostgreSQLConnection {
        let connection = try await PostgreSQLConnection.open(options)
        let isOurs = try await connection.perform { [schema, isShared] in try $0.claim(schema, isShared: isShared) }
        guard isOurs else {
            await connection.close()
            throw StoreError.inUse(store: schema)
        }
        return connection
    }

    // MARK: Tables

    /// Makes the schema, and takes the steps that were not taken yet, each in a transaction; of several processes one at a time.
    func prepare(_ migrations: [SQLMigration]) async throws {
        guard !migrations.isEmpty else { return }
        let turn = "hashtextextended($1, 0)"
        let name = PostgreSQLValue.text("\(schema) migrations")
        try await Patience.wait {
            _ = try await self.lent().perform { try $0.query("SELECT pg_advisory_lock(\(turn))", [name]).count }
        }
        try await migrate(migrations)
        // If it is another connection by now, the lock went with the one before.
        _ = try await lent().perform { try $0.query("SELECT pg_advisory_unlock(\(turn))", [name]).count }
    }

    private func migrate(_ migrations: [SQLMigration]) async throws {
        let schema = schema
        try await write { try $0.makeSchema(schema, for: migrations) }
        for migration in migrations { try await write { try $0.take(migration) } }
    }

    /// By a connection of its own: transactions go on, as far as their tables are not being rewritten.
    func wipe() async throws {
        var options = options
        options.statement = PostgreSQLOptions.wholeTables
        try await Patience.wait { [options] in
            let connection = try await PostgreSQLConnection.open(options)
            try await connection.perform { try $0.wipe() }
            await connection.close()
        }
    }
}
