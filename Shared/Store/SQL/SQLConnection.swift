/// A transaction, or a snapshot to read from.
///
/// Statements are written once, in what SQLite and PostgreSQL have in common, with `?` or `?1` for parameters; what differs is
/// in ``SQLDialect``. It must not be used outside the closure that it is lent to.
public protocol SQLConnection {
    /// Which SQL this is.
    var dialect: SQLDialect { get }

    /// Runs one statement.
    func run(_ statement: String, _ arguments: [SQLValue]) throws -> SQLResult

    /// Goes through the rows that a statement gives until the body has enough, which it says by `false`; few are in memory at a time.
    func each(_ statement: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws

    /// The statement for many executions; it is prepared once for each connection.
    func bulk(_ statement: String) throws -> BulkStatement

    /// Lets statements go through whole tables, however long it takes; what writes to a PostgreSQL asks indexes otherwise, and
    /// gives up after a minute.
    func throughWholeTables<Value>(_ body: () throws -> Value) throws -> Value
}

extension SQLConnection {
    /// Runs a statement; returns how many rows it changed.
    @discardableResult
    public func execute(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> Int {
        try run(statement, SQLValue.list(arguments)).changes
    }

    /// The rows that a statement gives.
    public func rows(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> [SQLRow] {
        try run(statement, SQLValue.list(arguments)).rows
    }

    /// The first row that a statement gives.
    public func row(_ statement: String, _ arguments: [(any SQLConvertible)?] = []) throws -> SQLRow? {
        try rows(statement, arguments).first
    }

    /// The rows of a query, each made into a value.
    public func all<Value>(
        _ statement: String,
        _ arguments: [(any SQLConvertible)?] = [],
        _ make: (SQLRow) throws -> Value
    ) throws -> [Value] {
        try run(statement, SQLValue.list(arguments)).rows.map(make)
    }

    /// The first row of a query, made into a value.
    public func first<Value>(
        _ statement: String,
        _ arguments: [(any SQLConvertible)?] = [],
        _ make: (SQLRow) throws -> Value
    ) throws -> Value? {
        try run(statement, SQLValue.list(arguments)).rows.first.map(make)
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

    /// SQLite goes through what it has to.
    public func throughWholeTables<Value>(_ body: () throws -> Value) throws -> Value { try body() }

    /// The first column of the first row; `nil` when there is none, or it is NULL.
    public func value<Value: SQLReadable>(
        _ statement: String,
        _ arguments: [(any SQLConvertible)?] = [],
        as type: Value.Type = Value.self
    ) throws -> Value? {
        try row(statement, arguments)?.first()
    }
}
