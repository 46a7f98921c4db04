import Synchronization

/// Lends connections to one database, and keeps those that are not in use.
public final class PostgreSQLClient: Sendable {
    private let options: PostgreSQLOptions
    private let limit: Int
    private let places: Places
    private let idle = Mutex<[PostgreSQLConnection]>([])

    /// A client that lends at most so many connections at once, and keeps some of them open while nobody uses them.
    ///
    /// Each may take a good deal of the server's memory, and the server has only so many for everybody.
    public init(_ options: PostgreSQLOptions, lending most: Int = 12, keeping limit: Int = 4) {
        self.options = options
        self.limit = limit
        places = Places(most)
    }

    /// Lends a connection; nobody else has it meanwhile, and who asks while all are lent waits for one.
    ///
    /// One that is lost, or left in a transaction, is closed, which rolls the transaction back.
    public func withConnection<Value: Sendable>(
        _ body: (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        guard await places.take() else { throw PostgreSQLError(.cancellation, "The task was cancelled.") }
        defer { places.give() }
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
