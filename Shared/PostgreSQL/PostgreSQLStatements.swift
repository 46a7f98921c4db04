/// Statements on a lent connection, which follow one another without letting anything else in between.
///
/// It must not be used outside the closure that it is lent to.
public struct PostgreSQLStatements {
    let session: Session
    let limit: Duration
    let interrupt: Interrupt

    /// Runs one statement; in its text, `$1`, `$2` and so on stand for the parameters.
    @discardableResult
    public func query(
        _ statement: String,
        _ values: [PostgreSQLValue] = []
    ) throws(PostgreSQLError) -> PostgreSQLResult {
        try session.run(statement, values, Deadline(in: limit), interrupt)
    }
}
