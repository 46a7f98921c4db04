public import GRDB
import GRDBSQLite

/// A prepared statement for many executions within one transaction, without the cost of a general one.
///
/// Bind the parameters from 1 on, then ``run()``, or read rows with ``step()`` and the columns from 0 on until there are no
/// more. Texts are bound and read with their length, so U+0000 does not cut them.
public struct BulkStatement {
    private let statement: OpaquePointer
    // The handle above lives as long as this, which the connection keeps.
    private let owner: Statement

    /// The statement of the connection for this SQL; it is prepared once for each connection.
    public init(_ sql: String, in db: Database) throws {
        owner = try db.cachedStatement(sql: sql)
        statement = owner.sqliteStatement
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    /// Binds an integer.
    public func bind(_ place: Int32, _ value: Int64) {
        sqlite3_bind_int64(statement, place, value)
    }

    /// Binds a text.
    public func bind(_ place: Int32, _ value: String) {
        var value = value
        value.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { text in
                _ = sqlite3_bind_text(statement, place, text.baseAddress, Int32(text.count), Self.copied)
            }
        }
    }

    /// Binds bytes.
    public func bind(_ place: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
        }
    }

    /// Binds bytes; they must stay where they are until the statement has run.
    public func bind(_ place: Int32, lent bytes: UnsafeRawBufferPointer) {
        sqlite3_bind_blob(statement, place, bytes.baseAddress, Int32(bytes.count), nil)
    }

    /// Binds null.
    public func bindNull(_ place: Int32) {
        sqlite3_bind_null(statement, place)
    }

    /// Executes the statement to its end; what is bound stays bound.
    public func run() throws {
        while try step() {}
    }

    /// Goes to the next row; `false` at the end, and then the statement can be bound anew.
    public func step() throws -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw failure(code) }
        return false
    }

    /// Leaves the rows that were not read.
    public func reset() {
        sqlite3_reset(statement)
    }

    /// How many rows the last ``run()`` of any statement of the connection changed.
    public var changes: Int { Int(sqlite3_changes(sqlite3_db_handle(statement))) }

    /// An integer column of the row; 0 for null.
    public func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// Whether a column of the row is null.
    public func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    /// A text column of the row; empty for null.
    public func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// A column of bytes of the row; empty for null.
    public func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let bytes = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(statement)))
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: owner.sql)
    }

    /// SQLite copies what is bound so.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
