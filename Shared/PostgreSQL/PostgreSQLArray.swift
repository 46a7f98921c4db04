/// Values of one type, or NULL, that are one parameter together: an array, in the binary form that the server takes.
public struct PostgreSQLArray: Sendable {
    /// The types that values may be of, by their numbers in every PostgreSQL.
    public enum Element: UInt32, Sendable {
        case bytes = 17
        case integer = 20
        case text = 25
        case real = 701

        /// What the server calls it.
        public var name: String {
            switch self {
            case .bytes: "bytea"
            case .integer: "bigint"
            case .text: "text"
            case .real: "double precision"
            }
        }

        /// The number of the type that an array of it has.
        var array: UInt32 {
            switch self {
            case .bytes: 1001
            case .integer: 1016
            case .text: 1009
            case .real: 1022
            }
        }

        fileprivate init?(_ value: PostgreSQLValue) {
            switch value {
            case .null: return nil
            case .text: self = .text
            case .bytes: self = .bytes
            case .integer: self = .integer
            case .real: self = .real
            }
        }
    }

    /// How many values there are.
    public private(set) var count = 0
    /// The type of the values; `nil` while all of them are NULL.
    public private(set) var element: Element?
    private var hasNull = false
    /// Each value behind its length.
    private var values: [UInt8] = []

    /// An array without values.
    public init() {}

    /// How many bytes the values have.
    public var size: Int { values.count }

    /// Whether a value is of the same type as those that are there.
    public func takes(_ value: PostgreSQLValue) -> Bool {
        guard let element, let other = Element(value) else { return true }
        return element == other
    }

    /// Adds a value, which must be of the same type as those that are there.
    public mutating func append(_ value: PostgreSQLValue) {
        precondition(takes(value), "An array has values of one type.")
        count += 1
        element = element ?? Element(value)
        switch value {
        case .null:
            hasNull = true
            append(Int32(-1))
        case .bytes(let bytes): append(bytes)
        case .integer(let number):
            append(Int32(8))
            append(number)
        case .real(let number):
            append(Int32(8))
            append(number.bitPattern)
        case .text(var text, _): text.withUTF8 { append($0) }
        }
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        append(Int32(clamping: bytes.count))
        values.append(contentsOf: bytes)
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { values.append(contentsOf: $0) }
    }

    /// The type of the whole; what is all NULL may be of any.
    var type: UInt32 { (element ?? .integer).array }

    /// One dimension that begins at 1, and the values.
    var encoded: [UInt8] {
        let head = [1, hasNull ? 1 : 0, (element ?? .integer).rawValue, UInt32(clamping: count), 1]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * head.count + values.count)
        for number in head { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }
        return bytes + values
    }
}
