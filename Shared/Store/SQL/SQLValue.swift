public import FoundationEssentials

/// A value in a statement or a row.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    /// Whether it is NULL.
    public var isNull: Bool { self == .null }

    static func list(_ arguments: [(any SQLConvertible)?]) -> [SQLValue] { arguments.map { $0?.sqlValue ?? .null } }
}

/// As it is.
extension SQLValue: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { self }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) { self = value }
}

/// What may stand for a `?` of a statement.
public protocol SQLConvertible {
    /// The value that a store keeps of it.
    var sqlValue: SQLValue { get }
}

/// What may be read from a column.
public protocol SQLReadable {
    /// The value, unless the column holds something else.
    init?(_ value: SQLValue)
}

extension Int: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .integer(Int64(self)) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Int64: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .integer(self) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

/// Kept as 0 or 1.
extension Bool: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self = number != 0
    }
}

extension String: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .text(self) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension [UInt8]: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .bytes(self) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .bytes(let bytes) = value else { return nil }
        self = bytes
    }
}

extension Double: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .real(self) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        switch value {
        case .real(let number): self = number
        case .integer(let number): self = Double(number)
        case .null, .text, .bytes: return nil
        }
    }
}

extension Data: SQLConvertible, SQLReadable {
    /// As a store keeps it.
    public var sqlValue: SQLValue { .bytes([UInt8](self)) }

    /// Reads what a store keeps.
    public init?(_ value: SQLValue) {
        guard case .bytes(let bytes) = value else { return nil }
        self.init(bytes)
    }
}
