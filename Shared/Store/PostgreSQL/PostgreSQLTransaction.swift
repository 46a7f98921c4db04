import PostgreSQL

/// A transaction, or a snapshot, of a PostgreSQL.
final class PostgreSQLTransaction: SQLConnection {
    private var statements: PostgreSQLStatements
    let dialect = SQLDialect.postgreSQL
    /// Statements as this dialect writes them.
    private var texts: [String: String] = [:]
    private var cursors = 0
    /// Executions of one statement that the server has not been told of: whatever else is done comes after them.
    private var gathered: (statement: String, rows: PostgreSQLRows)?

    init(statements: PostgreSQLStatements) {
        self.statements = statements
    }

    func run(_ text: String, _ arguments: [SQLValue]) throws -> SQLResult {
        try sendGathered()
        let result = try statements.query(dialect.statement(text), arguments.map(\.parameter))
        return SQLResult(rows: rows(of: result), changes: result.affected)
    }

    func each(_ text: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        try sendGathered()
        cursors += 1
        let name = "kith_\(cursors)"
        try statements.query(
            "DECLARE \(name) NO SCROLL CURSOR FOR \(dialect.statement(text))",
            arguments.map(\.parameter)
        )
        var isMore = true
        while isMore {
            let page = rows(of: try statements.query("FETCH 500 FROM \(name)"))
            isMore = try !page.isEmpty && page.allSatisfy(body)
        }
        try statements.query("CLOSE \(name)")
    }

    func bulk(_ text: String) throws -> BulkStatement { BulkStatement(.postgreSQL(PostgreSQLBulk(text, self))) }

    func throughWholeTables<Value>(_ body: () throws -> Value) throws -> Value {
        let limit = statements.limit
        statements.limit = PostgreSQLOptions.wholeTables
        defer { statements.limit = limit }
        let settings = ["enable_seqscan": "on", "enable_hashjoin": "on", "statement_timeout": "0"]
        let former = try settings.keys.map { ($0, try self.value("SELECT current_setting(?)", [$0]) as String?) }
        for (name, value) in settings { try execute("SELECT set_config(?, ?, true)", [name, value]) }
        let value = try body()
        try sendGathered()
        for (name, value) in former { try execute("SELECT set_config(?, ?, true)", [name, value]) }
        return value
    }

    // MARK: - Statements for many executions

    func send(_ text: String, _ values: [PostgreSQLValue]) throws {
        try sendGathered()
        try statements.send(statement(text), values)
    }

    func ask(_ text: String, _ values: [PostgreSQLValue]) throws -> PostgreSQLResult? {
        try sendGathered()
        return try statements.ask(statement(text), values)
    }

    func ask(_ text: String, _ rows: PostgreSQLRows) throws -> PostgreSQLResult? {
        try sendGathered()
        return try statements.ask(rows.statement(text), arrays: rows.arrays)
    }

    func affected() throws -> Int {
        try sendGathered()
        return try statements.affected()
    }

    /// Executes a statement together with the executions of it that follow.
    func add(_ text: String, _ values: [PostgreSQLValue]) throws {
        if let gathered, gathered.statement != text || !gathered.rows.takes(values) { try sendGathered() }
        if gathered == nil { gathered = (text, PostgreSQLRows()) }
        gathered?.rows.append(values)
    }

    /// Sends what was gathered; called before the transaction is committed as well.
    func sendGathered() throws {
        guard let (text, rows) = gathered else { return }
        gathered = nil
        try statements.send(rows.statement(text), arrays: rows.arrays)
    }

    private func statement(_ text: String) -> String {
        if let known = texts[text] { return known }
        let statement = dialect.statement(text)
        texts[text] = statement
        return statement
    }

    private func rows(of result: PostgreSQLResult) -> [SQLRow] {
        let columns = result.columns
        let types = columns.indices.map { result.type(ofColumn: $0) }
        return (0..<result.count).map { row in
            SQLRow(
                columns: columns,
                values: columns.indices.map { SQLValue(result.text(row, $0), ofType: types[$0]) }
            )
        }
    }
}

extension SQLValue {
    fileprivate var parameter: PostgreSQLValue {
        switch self {
        case .null: .null
        case .integer(let number): .integer(number)
        case .real(let number): .real(number)
        case .text(let text): Self.parameter(text)
        case .bytes(let bytes): .bytes(bytes)
        }
    }

    /// PostgreSQL has no U+0000: what stands for it is what stands for it wherever JSON is written.
    static func parameter(_ text: String) -> PostgreSQLValue {
        .text(text.utf8.contains(0) ? text.replacing("\u{0}", with: "\u{FFFD}") : text, .text)
    }

    /// A value by the number of its type, which is the same in every PostgreSQL.
    fileprivate init(_ text: String?, ofType type: UInt32) {
        guard let text else {
            self = .null
            return
        }
        switch type {
        case 16: self = .integer(text == "t" ? 1 : 0)
        case 20, 21, 23: self = Int64(text).map(SQLValue.integer) ?? .text(text)
        case 700, 701: self = Double(text).map(SQLValue.real) ?? .text(text)
        // Of a sum, for one.
        case 1700: self = Int64(text).map(SQLValue.integer) ?? Double(text).map(SQLValue.real) ?? .text(text)
        case 17: self = .bytes(Self.bytes(ofHexadecimal: text.utf8.dropFirst(2)))
        default: self = .text(text)
        }
    }

    static func bytes(ofHexadecimal digits: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value = digit < 0x3A ? digit - 0x30 : digit - 0x57
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
