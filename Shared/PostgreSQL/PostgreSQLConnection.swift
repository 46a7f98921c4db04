/// One connection to a database; its statements follow one another.
///
/// A statement of a task that is cancelled is stopped on the server. What it throws says whether the connection is lost;
/// a transaction goes on until it is ended, by SQL.
public actor PostgreSQLConnection {
    private nonisolated let executor = ConnectionExecutor()
    private let options: PostgreSQLOptions
    private var session: Session?

    /// Where its statements run: on a thread of their own.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ options: PostgreSQLOptions) {
        self.options = options
    }

    /// Connects and logs in.
    public static func open(_ options: PostgreSQLOptions) async throws(PostgreSQLError) -> PostgreSQLConnection {
        let connection = PostgreSQLConnection(options)
        try await connection.connect()
        return connection
    }

    private func connect() async throws(PostgreSQLError) {
        session = try await interruptible { interrupt throws(PostgreSQLError) in try Session(self.options, interrupt) }
        for statement in options.beginning { try await query(statement) }
    }

    /// Runs one statement; in its text, `$1`, `$2` and so on stand for the parameters.
    ///
    /// With a deadline it may take no longer than that, else as long as the options say.
    @discardableResult
    public func query(
        _ statement: String,
        _ values: [PostgreSQLValue] = [],
        deadline: Duration? = nil
    ) async throws(PostgreSQLError) -> PostgreSQLResult {
        guard let session else { throw PostgreSQLError(.broken, "It is closed.", isConnectionLost: true) }
        // The server ends what takes too long; this is for a server that cannot be reached any more.
        let limit = Deadline(in: deadline ?? options.statement + .seconds(5))
        do throws(PostgreSQLError) {
            return try await interruptible { interrupt throws(PostgreSQLError) in
                try session.run(statement, values, limit, interrupt)
            }
        } catch {
            if error.isConnectionLost { self.session = nil }
            throw error
        }
    }

    /// Runs several statements, such as a transaction, on the connection's own thread.
    ///
    /// When the task is cancelled, the statement under way is stopped, and the next one fails. When the body throws in the middle
    /// of a transaction, the connection is given up, which rolls it back.
    public func perform<Value: Sendable>(
        _ body: @Sendable (PostgreSQLStatements) throws -> Value
    ) async throws -> Value {
        guard let session else { throw PostgreSQLError(.broken, "It is closed.", isConnectionLost: true) }
        let interrupt = Interrupt()
        let statements = PostgreSQLStatements(
            session: session,
            limit: options.statement + .seconds(5),
            interrupt: interrupt
        )
        do {
            return try await withTaskCancellationHandler {
                try self.here(statements, body)
            } onCancel: {
                interrupt.raise()
            }
        } catch {
            // Whatever went wrong: in the middle of something it is of no use to anybody else.
            if !session.isAtRest { self.session = nil }
            throw error
        }
    }

    /// Does something on the connection's own thread: a closure that did not name the connection would run elsewhere, beside others.
    private func here<Input, Value, Failure: Error>(
        _ input: Input,
        _ body: (Input) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        assertIsolated()
        return try body(input)
    }

    /// Whether it can be given to somebody else: connected, and in no transaction.
    var isAtRest: Bool { session?.isAtRest ?? false }

    /// Whether it is connected, as far as this side knows.
    public var isUsable: Bool { session != nil }

    /// Ends the connection; every later statement fails.
    public func close() {
        session = nil
    }

    private func interruptible<Value>(
        _ body: (Interrupt) throws(PostgreSQLError) -> Value
    ) async throws(PostgreSQLError) -> Value {
        let interrupt = Interrupt()
        let result = await withTaskCancellationHandler { () async -> Result<Value, PostgreSQLError> in
            do throws(PostgreSQLError) {
                return .success(try self.here(interrupt, body))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interrupt.raise()
        }
        return try result.get()
    }
}
