import CPostgres

/// What a statement gave: rows of columns, every value in the form that it came in, text or binary, or NULL.
///
/// It is read in place, nothing is copied before it is asked for.
public final class PostgreSQLResult: Sendable {
    /// The pointer as a number: libpq never changes a result, so threads may share it.
    private let address: UInt
    /// How many rows there are.
    public let count: Int
    /// How many columns each of them has.
    public let columnCount: Int

    init(adopting result: OpaquePointer) {
        address = UInt(bitPattern: result)
        count = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit {
        PQclear(pointer)
    }

    private var pointer: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// The columns' names.
    public var columns: [String] {
        (0..<columnCount).map { PQfname(pointer, Int32($0)).map { String(cString: $0) } ?? "" }
    }

    /// The number of a column's type.
    public func type(ofColumn column: Int) -> UInt32 { PQftype(pointer, Int32(column)) }

    /// What the statement did, such as `INSERT 0 1`.
    public var tag: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// How many rows the statement changed, or gave.
    public var affected: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// Whether a value is NULL.
    public func isNull(_ row: Int, _ column: Int) -> Bool { withBytes(row, column) { _ in } == nil }

    /// An integer or a truth value, in whichever form it came; `nil` for NULL and for anything else.
    public func integer(_ row: Int, _ column: Int) -> Int64? {
        guard PQfformat(pointer, Int32(column)) == 1 else {
            return text(row, column).flatMap { Int64($0) ?? ($0 == "t" ? 1 : nil) }
        }
        return withBytes(row, column) { bytes in
            switch bytes.count {
            case 1: Int64(bytes[0])
            case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
            case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
            case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            default: nil
            }
        } ?? nil
    }

    /// A value that came as text, or a text; `nil` for NULL.
    public func text(_ row: Int, _ column: Int) -> String? {
        withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
    }

    /// A value as it came: its text as UTF-8, or its binary form; `nil` for NULL.
    public func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        withBytes(row, column) { Array($0) }
    }

    private func withBytes<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        precondition((0..<count).contains(row) && (0..<columnCount).contains(column), "There is no such value.")
        let (row, column) = (Int32(row), Int32(column))
        guard PQgetisnull(pointer, row, column) == 0 else { return nil }
        return withExtendedLifetime(self) {
            body(
                UnsafeRawBufferPointer(
                    start: PQgetvalue(pointer, row, column),
                    count: Int(PQgetlength(pointer, row, column))
                )
            )
        }
    }
}
