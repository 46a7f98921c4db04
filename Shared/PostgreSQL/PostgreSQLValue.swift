/// A parameter of a statement.
public enum PostgreSQLValue: Sendable, Equatable {
    /// NULL.
    case null
    /// A text, of which the server makes what the place in the statement asks for, unless a type is named.
    case text(String, PostgreSQLType = .inferred)
    /// A `bytea`.
    case bytes([UInt8])
    /// A `bigint`.
    case integer(Int64)
    /// A `double precision`.
    case real(Double)

    /// A text, or NULL.
    public init(_ text: String?, _ type: PostgreSQLType = .inferred) {
        self = text.map { .text($0, type) } ?? .null
    }
}

extension PostgreSQLValue: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
}

/// The type of a parameter, by its number in every PostgreSQL.
public enum PostgreSQLType: UInt32, Sendable {
    case inferred = 0
    case text = 25
    case jsonb = 3802
}
