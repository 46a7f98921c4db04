/// A connection for a thread that may wait; one thread at a time uses it.
public final class PostgreSQLSession: Sendable {
    private let options: PostgreSQLOptions
    private let session: Session
    /// Nobody interrupts who waits for it.
    private let interrupt = Interrupt()

    /// Connects and logs in.
    public init(_ options: PostgreSQLOptions) throws(PostgreSQLError) {
        self.options = options
        session = try Session(options, interrupt)
        for statement in options.beginning { try statements.query(statement) }
    }

    /// To run statements with.
    public var statements: PostgreSQLStatements {
        PostgreSQLStatements(session: session, limit: options.statement + .seconds(5), interrupt: interrupt)
    }

    /// Whether another transaction can be begun.
    public var isAtRest: Bool { session.isAtRest }
}
