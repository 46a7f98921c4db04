import PostgreSQL

/// The connection that writes: its transactions follow one another, and while it is open nobody else has the store, unless it is shared.
actor PostgreSQLWriter {
    private let options: PostgreSQLOptions
    private let schema: String
    private let isShared: Bool
    private let patience: Patience
    private var lending: Lent?
    /// The connection that is being made: who comes meanwhile waits for the same one.
    private var opening: Task<Lent, any Error>?

    /// A connection, and how its transactions are found again.
    private struct Lent: Sendable {
        let connection: PostgreSQLConnection
        let mark = CommitMark()
    }

    init(_ options: PostgreSQLOptions, schema: String, isShared: Bool, _ patience: Patience) {
        self.options = options
        self.schema = schema
        self.isShared = isShared
        self.patience = patience
    }

    // MARK: Transactions

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await patience.wait {
            do {
                return try await self.attempt(body)
            } catch let doubt as CommitInDoubt<Value> {
                guard try await self.hasCommitted(doubt.transaction) else { throw doubt.cause }
                return doubt.value
            }
        }
    }

    private func attempt<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let lent = try await self.lent()
        return try await lent.connection.perform { statements in
            try Self.begin(statements)
            do {
                let transaction = PostgreSQLTransaction(statements: statements)
                let value = try body(transaction)
                try transaction.sendGathered()
                try Self.commit(statements, lent.mark, value)
                return value
            } catch {
                _ = try? statements.query("ROLLBACK")
                throw error
            }
        }
    }

    /// A standby, which may be about to take another server's place, has no such transactions, and says so in a way of its own.
    private static func begin(_ statements: PostgreSQLStatements) throws {
        do throws(PostgreSQLError) {
            try statements.query("BEGIN ISOLATION LEVEL SERIALIZABLE")
        } catch {
            throw error.state == "0A000" ? PostgreSQLError(.statement, state: "25006", error.message) : error
        }
    }

    /// When the connection breaks while the server commits, nobody knows whether it did.
    private static func commit<Value: Sendable>(
        _ statements: PostgreSQLStatements,
        _ mark: CommitMark,
        _ value: Value
    ) throws {
        let transaction = try statements.mark(by: mark)
        do throws(PostgreSQLError) {
            try statements.query("COMMIT")
        } catch {
            guard error.isConnectionLost, let transaction else { throw error }
            throw CommitInDoubt(transaction: transaction, value: value, cause: error)
        }
    }

    private struct CommitInDoubt<Value: Sendable>: Error {
        let transaction: MarkedTransaction
        let value: Value
        let cause: PostgreSQLError
    }

    /// What became of a transaction; its server process may still be at it.
    private func hasCommitted(_ transaction: MarkedTransaction) async throws -> Bool {
        try await patience.wait {
            try await self.lent().connection.perform { try $0.hasCommitted(transaction) }
        }
    }

    // MARK: The connection

    private func lent() async throws -> Lent {
        if let lending, await lending.connection.isUsable { return lending }
        if let opening { return try await opening.value }
        let task = Task { try await self.open() }
        opening = task
        defer { opening = nil }
        let opened = try await task.value
        lending = opened
        return opened
    }

    private func open() async throws -> Lent {
        let connection = try await PostgreSQLConnection.open(options)
        let isOurs = try await connection.perform { [schema, isShared] in try $0.claim(schema, isShared: isShared) }
        guard isOurs else {
            await connection.close()
            throw StoreError.inUse(store: schema)
        }
        return Lent(connection: connection)
    }

    // MARK: Tables

    /// Makes the schema, and takes the steps that were not taken yet, each in a transaction; of several processes one at a time.
    func prepare(_ migrations: [SQLMigration]) async throws {
        guard !migrations.isEmpty else { return }
        let turn = "hashtextextended($1, 0)"
        let name = PostgreSQLValue.text("\(schema) migrations")
        try await patience.wait {
            _ = try await self.lent().connection.perform {
                try $0.query("SELECT pg_advisory_lock(\(turn))", [name]).count
            }
        }
        try await migrate(migrations)
        // If it is another connection by now, the lock went with the one before.
        _ = try await lent().connection.perform {
            try $0.query("SELECT pg_advisory_unlock(\(turn))", [name]).count
        }
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
        try await patience.wait { [options] in
            let connection = try await PostgreSQLConnection.open(options)
            try await connection.perform { try $0.wipe() }
            await connection.close()
        }
    }
}
