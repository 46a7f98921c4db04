/// Statements on a lent connection, which follow one another without letting anything else in between.
///
/// It must not be used outside the closure that it is lent to.
public struct PostgreSQLStatements {
    let session: Session
    /// The longest that this side waits for one.
    public var limit: Duration
    let interrupt: Interrupt

    /// Runs one statement; in its text, `$1`, `$2` and so on stand for the parameters.
    @discardableResult
    public func query(
        _ statement: String,
        _ values: [PostgreSQLValue] = []
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        try session.run(statement, values, Deadline(in: limit), interrupt)
    }

    // MARK: - Without waiting

    /// Sends a statement, which is prepared the first time; what is wrong with it may show at a later one.
    public func send(_ statement: String, _ values: [PostgreSQLValue]) throws(PostgreSQLError) {
        try send(statement, Parameters(values))
    }

    /// Sends a statement whose parameters are arrays, and lets the server begin with it.
    public func send(_ statement: String, arrays: [PostgreSQLArray]) throws(PostgreSQLError) {
        try send(statement, Parameters(arrays))
        try session.begin()
    }

    private func send(_ statement: String, _ parameters: Parameters) throws(PostgreSQLError) {
        if session.isFull { _ = try session.collect(Deadline(in: limit), interrupt) }
        try session.queue(statement, parameters, isWanted: false, Deadline(in: limit), interrupt)
    }

    /// Runs a statement, which is prepared the first time, and waits for what it gives.
    public func ask(_ statement: String, _ values: [PostgreSQLValue]) throws(PostgreSQLError) -> PostgreSQLResult? {
        try ask(statement, Parameters(values))
    }

    /// Runs a statement whose parameters are arrays, and waits for what it gives.
    public func ask(_ statement: String, arrays: [PostgreSQLArray]) throws(PostgreSQLError) -> PostgreSQLResult? {
        try ask(statement, Parameters(arrays))
    }

    private func ask(_ statement: String, _ parameters: Parameters) throws(PostgreSQLError) -> PostgreSQLResult? {
        try session.queue(statement, parameters, isWanted: true, Deadline(in: limit), interrupt)
        return try session.collect(Deadline(in: limit), interrupt).last
    }

    /// How many rows the last statement changed that was sent; waits for it.
    public func affected() throws(PostgreSQLError) -> Int {
        try session.affected(Deadline(in: limit), interrupt)
    }
}
