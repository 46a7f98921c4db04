import GRDB
import PostgreSQL

/// What there is to know of an error of a store, whichever the engine.
public enum SQLFailure {
    /// The error by which a call ends: one that was stopped because its task was cancelled ends as such, on every engine.
    static func naming(_ error: any Error) -> any Error {
        let isInterruption =
            (error as? DatabaseError)?.resultCode == .SQLITE_INTERRUPT
            || (error as? PostgreSQLError)?.kind == .cancellation
        return isInterruption ? CancellationError() : error
    }

    /// Whether the same may succeed later: the disk is full, or the server is away.
    public static func isPassing(_ error: any Error) -> Bool {
        if let error = error as? DatabaseError { return error.resultCode == .SQLITE_FULL }
        guard let error = error as? PostgreSQLError else { return error.mayPass }
        // A disk that is full, and whatever else the server has too little of.
        return error.mayPass || error.state?.hasPrefix("53") == true
    }

    /// Whether the server is away, or was: what it was at breaks off, and the same may succeed later.
    public static func isOfAbsence(_ error: any Error) -> Bool {
        if case StoreError.lostTransactions? = error as? StoreError { return true }
        return error.mayPass
    }

    /// Whether the disk that the store lies on is full.
    public static func isFull(_ error: any Error) -> Bool {
        if let error = error as? DatabaseError { return error.resultCode == .SQLITE_FULL }
        return (error as? PostgreSQLError)?.state == "53100"
    }

    /// Whether what was to be written is at fault, so that it would be each time: it breaks a constraint, or is too large.
    public static func isOfContent(_ error: any Error) -> Bool {
        if let error = error as? DatabaseError {
            return [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH].contains(error.resultCode)
        }
        let state = (error as? PostgreSQLError)?.state ?? ""
        return ["22", "23", "54"].contains { state.hasPrefix($0) }
    }

    /// Whether a table was asked for that is not there, or not any more.
    public static func isOfSomethingGone(_ error: any Error) -> Bool {
        ["42P01", "3F000"].contains((error as? PostgreSQLError)?.state)
    }

    /// What is wrong, without what the statement was about, which may be personal data.
    public static func description(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "") - \(error.sql ?? "")"
    }
}
