import PostgreSQL
import Synchronization

/// What tells after a break whether a transaction was committed: a row of the connection's own, in which each writes its number.
///
/// The server's number for it does not tell. After a crash, or in the server that takes its place, the number of a transaction that was
/// lost is given again, to somebody else's.
final class CommitMark: Sendable {
    /// The name of the row, which no other connection has.
    let writer = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    private let last = Atomic<Int64>(0)

    /// A number that no transaction of the connection had.
    fileprivate func next() -> Int64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// A transaction that has written its mark.
struct MarkedTransaction: Sendable {
    fileprivate let writer: String
    fileprivate let number: Int64
    /// The server's number for it, which is good for as long as the server runs.
    fileprivate let id: String
}

extension SQLConnection {
    /// Makes the table of the marks, if it is not there, and removes those of connections that are long gone.
    func makeMarks() throws {
        try execute(
            """
            CREATE TABLE IF NOT EXISTS kith_commit (
                writer TEXT PRIMARY KEY, number BIGINT NOT NULL, time TIMESTAMPTZ NOT NULL DEFAULT now())
            """
        )
        try execute("DELETE FROM kith_commit WHERE time < now() - INTERVAL '30 days'")
    }
}

extension PostgreSQLStatements {
    /// Marks the transaction under way, and waits for all of it; `nil` when it has changed nothing.
    ///
    /// No more than the insertion looks at the row: as a reader it would meet the transactions of others.
    func mark(by mark: CommitMark) throws -> MarkedTransaction? {
        let number = mark.next()
        let marked = try ask(
            """
            INSERT INTO kith_commit (writer, number) SELECT $1, $2 WHERE pg_current_xact_id_if_assigned() IS NOT NULL
            ON CONFLICT (writer) DO UPDATE SET number = excluded.number, time = excluded.time
            RETURNING pg_current_xact_id()::text
            """,
            [.text(mark.writer, .text), .integer(number)]
        )
        guard let marked, marked.count > 0, let id = marked.text(0, 0) else { return nil }
        return MarkedTransaction(writer: mark.writer, number: number, id: id)
    }

    /// Whether a transaction was committed whose connection broke; throws while its server process is still at it.
    ///
    /// Where a later one of the connection was, so was the one that is asked for: nobody asks for one that has failed.
    func hasCommitted(_ transaction: MarkedTransaction) throws -> Bool {
        let underWay = try query(
            """
            SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
                AND transactionid = $1::text::xid8::xid
            """,
            [.text(transaction.id)]
        )
        guard underWay.count == 0 else {
            throw PostgreSQLError(.broken, "A transaction is not over yet.", isConnectionLost: true)
        }
        let mark = try query(
            "SELECT 1 FROM kith_commit WHERE writer = $1 AND number >= $2",
            [.text(transaction.writer), .integer(transaction.number)]
        )
        return mark.count > 0
    }
}
