import PostgreSQL

/// The connections that read beside the one that writes.
struct PostgreSQLReaders: Sendable {
    private let client: PostgreSQLClient

    init(_ options: PostgreSQLOptions) {
        client = PostgreSQLClient(options)
    }

    /// Reads on a consistent snapshot.
    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await Patience.wait { [client] in
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
