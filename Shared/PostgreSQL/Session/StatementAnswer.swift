import CPostgres

/// What came back for one statement.
struct StatementAnswer {
    private(set) var result: PostgreSQLResult?
    /// The first failure; without a SQLSTATE it is the connection's.
    private(set) var failure: PostgreSQLError?
    /// Whether the connection now waits for rows that nobody sends.
    private(set) var isCopy = false

    /// Takes over a result.
    mutating func take(_ result: OpaquePointer, _ isConnected: Bool) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            self.result = PostgreSQLResult(adopting: result)
            return
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            isCopy = true
            failure = PostgreSQLError(.statement, state: "0A000", "COPY cannot be used here.", isConnectionLost: true)
        default:
            failure = failure ?? Self.failure(of: result, isConnected)
        }
        PQclear(result)
    }

    private static func failure(of result: OpaquePointer, _ isConnected: Bool) -> PostgreSQLError {
        let state = field("C", of: result)
        return PostgreSQLError(
            .statement,
            state: state,
            field("M", of: result) ?? "The server gave no reason.",
            // The server says why it goes before it does.
            isConnectionLost: !isConnected || state?.hasPrefix("57P") == true
        )
    }

    private static func field(_ code: Unicode.Scalar, of result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
}
