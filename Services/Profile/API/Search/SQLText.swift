import Store

/// A piece of SQL with the values of its question marks, which are the only way for a value to get into it.
struct SQLText: Sendable, ExpressibleByStringLiteral {
    var sql: String
    var values: [SQLValue]

    init(_ sql: String, _ values: [SQLValue] = []) {
        self.sql = sql
        self.values = values
    }

    init(stringLiteral sql: StaticString) {
        self.init("\(sql)")
    }

    static let yes: SQLText = "TRUE"
    static let no: SQLText = "FALSE"

    /// Both, behind each other.
    static func + (left: SQLText, right: SQLText) -> SQLText {
        SQLText(left.sql + right.sql, left.values + right.values)
    }

    /// The pieces, each in parentheses, with the same between them; what stands for none, without any.
    static func joined(_ pieces: [SQLText], by word: StaticString, none: SQLText) -> SQLText {
        guard !pieces.isEmpty else { return none }
        return SQLText(
            pieces.map { "(\($0.sql))" }.joined(separator: " \(word) "),
            pieces.flatMap(\.values)
        )
    }

    /// A function's call.
    static func call(_ function: String, _ arguments: SQLText...) -> SQLText {
        SQLText(
            "\(function)(\(arguments.map(\.sql).joined(separator: ", ")))",
            arguments.flatMap(\.values)
        )
    }

    /// Whether what stands before it is one of these values.
    static func among(_ values: some Collection<any SQLConvertible>) -> SQLText {
        SQLText(" IN (\(SQLDialect.places(values.count)))", values.map(\.sqlValue))
    }

    /// The condition, which does not hold where it is null.
    var orNot: SQLText { .call("coalesce", self, .no) }

    /// The opposite of a condition that is never null.
    var negated: SQLText { SQLText("NOT (\(sql))", values) }
}

extension SQLConnection {
    /// The rows of a query, each made into a value.
    func all<Value>(_ text: SQLText, _ make: (SQLRow) throws -> Value) throws -> [Value] {
        try all(text.sql, text.values, make)
    }

    /// The rows of a query whose condition, up to the values that it ends with, comes first; however many values there are.
    func all<Value>(
        _ text: SQLText,
        among values: [any SQLConvertible],
        _ rest: SQLText = "",
        _ make: (SQLRow) throws -> Value
    ) throws -> [Value] {
        let most = 500
        return try stride(from: 0, to: values.count, by: most).flatMap { start in
            try all(text + .among(values[start..<min(start + most, values.count)]) + rest, make)
        }
    }
}

/// A condition in SQL as exactly as SQL can say it: who may meet it, and who certainly does.
///
/// Whoever is in ``possible`` and not in ``certain`` must be looked at.
struct SQLBounds: Sendable {
    var possible: SQLText
    var certain: SQLText
    /// Whether both say the same.
    var isExact: Bool

    init(exactly sql: SQLText) {
        possible = sql
        certain = sql
        isExact = true
    }

    init(possible: SQLText, certain: SQLText = .no) {
        self.possible = possible
        self.certain = certain
        isExact = false
    }

    private init(possible: SQLText, certain: SQLText, isExact: Bool) {
        self.possible = possible
        self.certain = certain
        self.isExact = isExact
    }

    static func all(_ parts: [SQLBounds]) -> SQLBounds { joined(parts, by: "AND", none: .yes) }

    static func any(_ parts: [SQLBounds]) -> SQLBounds { joined(parts, by: "OR", none: .no) }

    /// Who certainly does not meet a condition is who may not be meant by its opposite.
    var negated: SQLBounds {
        SQLBounds(possible: certain.negated, certain: possible.negated, isExact: isExact)
    }

    /// The same bounds, but of these profiles it is not certain whether they meet the condition.
    func apart(from some: SQLText) -> SQLBounds {
        SQLBounds(
            possible: .joined([possible, some], by: "OR", none: .no),
            certain: .joined([certain, some.negated], by: "AND", none: .yes)
        )
    }

    private static func joined(_ parts: [SQLBounds], by word: StaticString, none: SQLText) -> SQLBounds {
        SQLBounds(
            possible: .joined(parts.map(\.possible), by: word, none: none),
            certain: .joined(parts.map(\.certain), by: word, none: none),
            isExact: parts.allSatisfy(\.isExact)
        )
    }
}
