/// A transaction, or a snapshot to read from.
///
/// Statements are written once, in what SQLite and PostgreSQL have in common, with `?` for parameters; what differs is
/// in ``SQLDialect``. It must not be used outside the closure that it is lent to.
public protocol SQLConnection {
    /// Which SQL this is.
    var dialect: SQLDialect { get }

    /// Runs one statement.
    func run(_ statement: String, _ arguments: [SQLValue]) throws -> SQLResult
}

extension SQLConnection {
    /// Runs a statement; returns how many rows it changed.
    @discardableResult
    public func execute(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> Int {
        try run(statement, arguments.map { $0?.sqlValue ?? .null }).changes
    }

    /// The rows that a statement gives.
    public func rows(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> [SQLRow] {
        try run(statement, arguments.map { $0?.sqlValue ?? .null }).rows
    }

    /// The first row that a statement gives.
    public func row(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> SQLRow? {
        try rows(statement, arguments).first
    }

    /// The first column of the first row; `nil` when there is none, or it is NULL.
    public func value<Value: SQLReadable>(
        _ statement: String,
        _ arguments: [(any SQLConvertible)?] = [],
        as type: Value.Type = Value.self
    ) throws -> Value? {
        try row(statement, arguments)?.first()
    }
}
