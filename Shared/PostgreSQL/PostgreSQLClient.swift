import Synchronization

/// Lends connections to one database, and keeps those that are not in use.
public final class PostgreSQLClient: Sendable {
    private let options: PostgreSQLOptions
    private let limit: Int
    private let idle = Mutex<[PostgreSQLConnection]>([])

    /// A client that keeps at most so many connections open while nobody uses them.
    public init(_ options: PostgreSQLOptions, keeping limit: Int = 4) {
        self.options = options
        self.limit = limit
    }

    /// Lends a connection; nobody else has it meanwhile.
    ///
    /// One that is lost, or left in a transaction, is closed, which rolls the transaction back.
    public func withConnection<Value: Sendable>(
        _ body: (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await take()
        do {
            let value = try await body(connection)
            await give(connection)
            return value
        } catch {
            await give(connection)
            throw error
        }
    }

    private func take() async throws(PostgreSQLError) -> PostgreSQLConnection {
        while let connection = idle.withLock({ $0.popLast() }) {
            if await connection.isAtRest { return connection }
            await connection.close()
        }
        return try await PostgreSQLConnection.open(options)
    }

    private func give(_ connection: PostgreSQLConnection) async {
        let isKept =
            await connection.isAtRest
            && idle.withLock { idle in
                guard idle.count < limit else { return false }
                idle.append(connection)
                return true
            }
        if !isKept { await connection.close() }
    }
}
