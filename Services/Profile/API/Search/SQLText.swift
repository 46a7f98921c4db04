import GRDB

/// A piece of SQL with the values of its question marks, which are the only way for a value to get into it.
struct SQLText: Sendable, ExpressibleByStringLiteral {
    var sql: String
    var values: [DatabaseValue]

    init(_ sql: String, _ values: [DatabaseValue] = []) {
        self.sql = sql
        self.values = values
    }

    init(stringLiteral sql: StaticString) {
        self.init("\(sql)")
    }

    static let yes: SQLText = "1"
    static let no: SQLText = "0"

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

    /// The opposite of a condition that is never null.
    var negated: SQLText { SQLText("NOT (\(sql))", values) }
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

    private static func joined(_ parts: [SQLBounds], by word: StaticString, none: SQLText) -> SQLBounds {
        SQLBounds(
            possible: .joined(parts.map(\.possible), by: word, none: none),
            certain: .joined(parts.map(\.certain), by: word, none: none),
            isExact: parts.allSatisfy(\.isExact)
        )
    }
}
