import GRDB
import GRDBSQLite

/// A prepared statement of SQLite, used without anything in between.
struct SQLiteHandle {
    private let statement: OpaquePointer
    /// Lives as long as the connection; not counted, since a batch makes millions of steps.
    private let cancellation: Unmanaged<Cancellation>?

    /// The statement at its beginning, with nothing bound.
    init(_ owner: Statement, _ cancellation: Cancellation?) {
        statement = owner.sqliteStatement
        self.cancellation = cancellation.map(Unmanaged.passUnretained)
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    // MARK: - Binding

    func bind(_ place: Int32, _ value: Int64) {
        sqlite3_bind_int64(statement, place, value)
    }

    func bind(_ place: Int32, _ value: String) {
        var value = value
        value.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { text in
                _ = sqlite3_bind_text(statement, place, text.baseAddress, Int32(text.count), Self.copied)
            }
        }
    }

    func bind(_ place: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
        }
    }

    func bind(_ place: Int32, lent bytes: UnsafeRawBufferPointer) {
        sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), nil)
    }

    func bind(_ place: Int32, _ value: Double) {
        sqlite3_bind_double(statement, place, value)
    }

    func bindNull(_ place: Int32) {
        sqlite3_bind_null(statement, place)
    }

    func bind(_ values: [SQLValue]) {
        for (index, value) in values.enumerated() {
            let place = Int32(index) + 1
            switch value {
            case .null: bindNull(place)
            case .integer(let number): bind(place, number)
            case .real(let number): bind(place, number)
            case .text(let text): bind(place, text)
            case .bytes(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(statement, place, 0)
            case .bytes(let bytes): bind(place, bytes)
            }
        }
    }

    /// How many parameters there are.
    var parameters: Int { Int(sqlite3_bind_parameter_count(statement)) }

    // MARK: - Running

    func step() throws -> Bool {
        try cancellation?._withUnsafeGuaranteedRef { try $0.check() }
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw failure(code) }
        return false
    }

    func reset() {
        sqlite3_reset(statement)
    }

    var changes: Int { Int(sqlite3_changes(sqlite3_db_handle(statement))) }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(statement)))
        let sql = sqlite3_sql(statement).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
    }

    // MARK: - Reading

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let bytes = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer(integer(column))
        case SQLITE_FLOAT: .real(sqlite3_column_double(statement, column))
        case SQLITE_TEXT: .text(text(column))
        case SQLITE_BLOB: .bytes(bytes(column))
        default: .null
        }
    }

    /// SQLite copies what is bound so.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
