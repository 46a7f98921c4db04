import PostgreSQL

/// The connections that read beside the one that writes.
struct PostgreSQLReaders: Sendable {
    private let client: PostgreSQLClient
    private let patience: Patience

    /// With room for what is looked up again for each row, such as who did something: beyond it a server goes through all of that
    /// each time.
    init(_ options: PostgreSQLOptions, _ patience: Patience) {
        self.patience = patience
        var options = options
        options.preparation.append(Self.room)
        client = PostgreSQLClient(options)
    }

    /// As much as the server has by itself, if that is more.
    private static let room = """
        SELECT set_config('work_mem', '64MB', false) WHERE pg_size_bytes(current_setting('work_mem')) < 64 << 20
        """

    /// Reads on a consistent snapshot.
    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await patience.wait { [client] in
            try await client.withConnection { connection in
                try await connection.perform { statements in
                    try statements.query(Self.beginning)
                    let value = try body(PostgreSQLTransaction(statements: statements))
                    try statements.query("COMMIT")
                    return value
                }
            }
        }
    }

    static let beginning = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}
