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

    /// Goes through the rows that a statement gives, in the order of a column that tells them apart and stands among what it
    /// selects; few are in memory at a time, and the body may remove the one that it is given.
    ///
    /// - Parameters:
    ///   - statement: Up to a condition, behind which more are put.
    ///   - start: What is less than every value of the column.
    public func forEachRow<Key: SQLConvertible & SQLReadable>(
        _ statement: String,
        by column: String,
        from start: Key,
        _ body: (SQLRow) throws -> Void
    ) throws {
        var last = start
        while true {
            let page = try rows("\(statement) AND \(column) > ? ORDER BY \(column) LIMIT 1000", [last])
            for row in page {
                last = row[column]
                try body(row)
            }
            if page.isEmpty { return }
        }
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
