import GRDB

/// A transaction or a snapshot of a SQLite file.
struct SQLiteConnection: SQLConnection {
    let database: Database
    /// Of a read that may be given up.
    var cancellation: Cancellation?
    let dialect = SQLDialect.sqlite

    func run(_ text: String, _ arguments: [SQLValue]) throws -> SQLResult {
        let statement = try database.cachedStatement(sql: text)
        if statement.columnCount == 0, arguments.isEmpty {
            // GRDB has to know of definitions.
            try statement.execute()
            return SQLResult(rows: [], changes: database.changesCount)
        }
        var rows: [SQLRow] = []
        try go(through: statement, arguments) { row in
            rows.append(row)
            return true
        }
        return SQLResult(rows: rows, changes: database.changesCount)
    }

    func each(_ text: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        // Its own statement: the body may ask for the same again.
        try go(through: try database.makeStatement(sql: text), arguments, body)
    }

    func bulk(_ text: String) throws -> BulkStatement {
        let statement = try database.cachedStatement(sql: text)
        return BulkStatement(.sqlite(SQLiteHandle(statement, cancellation), owner: statement))
    }

    private func go(
        through statement: Statement,
        _ arguments: [SQLValue],
        _ body: (SQLRow) throws -> Bool
    ) throws {
        let handle = bind(arguments, to: statement)
        let columns = statement.columnNames
        defer { handle.reset() }
        while try handle.step() {
            let values = (0..<Int32(columns.count)).map(handle.value)
            guard try body(SQLRow(columns: columns, values: values)) else { return }
        }
    }

    private func bind(_ arguments: [SQLValue], to statement: Statement) -> SQLiteHandle {
        let handle = SQLiteHandle(statement, cancellation)
        precondition(
            handle.parameters == arguments.count,
            "There are \(handle.parameters) parameters: \(statement.sql)"
        )
        handle.bind(arguments)
        return handle
    }
}
