import PostgreSQL

/// A transaction, or a snapshot, of a PostgreSQL.
struct PostgreSQLTransaction: SQLConnection {
    let statements: PostgreSQLStatements
    let dialect = SQLDialect.postgreSQL

    func run(_ text: String, _ arguments: [SQLValue]) throws -> SQLResult {
        let result = try statements.query(dialect.statement(text), arguments.map(\.parameter))
        let columns = result.columns
        let types = columns.indices.map { result.type(ofColumn: $0) }
        let rows = (0..<result.count).map { row in
            SQLRow(
                columns: columns,
                values: columns.indices.map { SQLValue(result.text(row, $0), ofType: types[$0]) }
            )
        }
        return SQLResult(rows: rows, changes: result.affected)
    }
}

extension SQLValue {
    fileprivate var parameter: PostgreSQLValue {
        switch self {
        case .null: .null
        case .integer(let number): .text(String(number))
        case .real(let number): .text(String(number))
        case .text(let text): .text(text)
        case .bytes(let bytes): .bytes(bytes)
        }
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

    private static func bytes(ofHexadecimal digits: Substring.UTF8View) -> [UInt8] {
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
