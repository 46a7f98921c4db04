import GRDB
import PostgreSQL

/// What there is to know of an error of a store, whichever the engine.
public enum SQLFailure {
    /// Whether a read was stopped because nobody waits for it any more.
    public static func isInterruption(_ error: any Error) -> Bool {
        if let error = error as? DatabaseError { return error.resultCode == .SQLITE_INTERRUPT }
        return (error as? PostgreSQLError)?.kind == .cancellation
    }

    /// Whether the same may succeed later: the disk is full, or the server is away.
    public static func isPassing(_ error: any Error) -> Bool {
        if let error = error as? DatabaseError { return error.resultCode == .SQLITE_FULL }
        guard let error = error as? PostgreSQLError else { return error.mayPass }
        // A disk that is full, and whatever else the server has too little of.
        return error.mayPass || error.state?.hasPrefix("53") == true
    }

    /// What is wrong, without what the statement was about, which may be personal data.
    public static func description(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "") - \(error.sql ?? "")"
    }
}
