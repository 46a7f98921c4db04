import Audience
import Events
import GRDB

/// Conditions on one trait in SQL, over the JSON object in `p.traits`.
///
/// Swift takes texts for equal that look the same, however they are composed, and reads numbers to the last bit; SQL does
/// neither. So a test has two answers: one a little too wide, and one a little too narrow.
struct TraitSQL: Sendable {
    /// The trait's JSON type and its value; `nil` when SQLite has no way to name the trait.
    private let access: (type: SQLText, value: SQLText)?

    /// Marks that are composed with the letter before, and the parts of Korean syllables: such a text may equal another.
    private static let composing = "*[\u{300}-\u{36F}\u{1100}-\u{11FF}]*"
    private static let notPlain = "*[^ -~]*"

    init(path: String) {
        guard let whole = Self.label([path]) else {
            access = nil
            return
        }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1 else {
            access = (Self.call("json_type", whole), Self.call("json_extract", whole))
            return
        }
        access = Self.label(parts).map { inner in
            (Self.first("json_type", whole, inner), Self.first("json_extract", whole, inner))
        }
    }

    /// SQLite's path to a member; there is none for names that it would have to escape.
    private static func label(_ names: [String]) -> String? {
        let isNameable = names.allSatisfy { name in
            !name.isEmpty && name.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        }
        return isNameable ? "$" + names.map { ".\"\($0)\"" }.joined() : nil
    }

    private static func call(_ function: StaticString, _ path: String) -> SQLText {
        SQLText("\(function)(p.traits, ?)", [path.databaseValue])
    }

    /// A trait whose name has the dots comes before one that is inside another.
    private static func first(_ function: StaticString, _ whole: String, _ inner: String) -> SQLText {
        SQLText(
            """
            CASE WHEN json_type(p.traits, ?) IS NULL THEN \(function)(p.traits, ?) ELSE \(function)(p.traits, ?) END
            """,
            [whole.databaseValue, inner.databaseValue, whole.databaseValue]
        )
    }

    /// The value to sort by: a scalar, or null.
    var sortable: SQLText {
        guard let (type, value) = access else { return "NULL" }
        return "CASE WHEN " + type + " IN ('array', 'object') THEN NULL ELSE " + value + " END"
    }

    // MARK: - Tests

    func bounds(of tests: [TraitCondition.Test]) -> SQLBounds {
        guard access != nil else { return SQLBounds(possible: .yes) }
        return .all(tests.map(bounds))
    }

    private func bounds(of test: TraitCondition.Test) -> SQLBounds {
        switch test {
        case .exists(let expected): SQLBounds(exactly: expected ? exists : exists.negated)
        case .equals(let operand): equals(operand)
        case .notEquals(let operand): equals(operand).negated
        case .isIn(let choices): isIn(choices)
        case .contains(let part): contains(part)
        case .startsWith(let start): text(start, "substr(", ", 1, length(?)) = ?")
        case .endsWith(""): SQLBounds(exactly: has(type: "text"))
        case .endsWith(let end): text(end, "substr(", ", -length(?)) = ?")
        case .compares(let comparison, .number(let bound)): compares(comparison, bound)
        case .compares(let comparison, .time(let bound)): compares(comparison, bound)
        }
    }

    private var exists: SQLText {
        guard let (type, _) = access else { return .yes }
        return "coalesce((" + type + ") <> 'null', 0)"
    }

    /// Whether the trait is of a type and its value passes a test, which stands around it.
    private func has(
        type expected: StaticString,
        _ before: StaticString = "",
        _ after: SQLText? = nil
    ) -> SQLText {
        guard let (type, value) = access else { return .no }
        let isOfType = "(" + type + SQLText(") = '\(expected)'")
        guard let after else { return "coalesce(" + isOfType + ", 0)" }
        return "coalesce(" + isOfType + SQLText(" AND \(before)(") + value + ")" + after + ", 0)"
    }

    // MARK: - Equality

    private func equals(_ operand: JSONValue) -> SQLBounds {
        switch operand {
        case .null: SQLBounds(exactly: .no)
        case .bool(true): SQLBounds(exactly: has(type: "true"))
        case .bool(false): SQLBounds(exactly: has(type: "false"))
        case .string(let text): equals(text)
        case .number(let number): equals(number)
        case .array: SQLBounds(possible: has(type: "array"))
        case .object: SQLBounds(possible: has(type: "object"))
        }
    }

    private func equals(_ text: String) -> SQLBounds {
        let same = has(type: "text", "", SQLText(" = ?", [text.databaseValue]))
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return SQLBounds(exactly: same) }
        return SQLBounds(possible: .joined([same, mayLook(like: text)], by: "OR", none: .no), certain: same)
    }

    private func equals(_ number: JSONNumber) -> SQLBounds {
        let near = Near(number.double)
        let possible = SQLText.joined(
            [numeric(" BETWEEN ? AND ?", near.below, near.above)],
            by: "OR",
            none: .no
        )
        guard let exact = number.exactInDouble else { return SQLBounds(possible: possible) }
        return SQLBounds(possible: possible, certain: has(type: "integer", "", SQLText(" = ?", [exact.databaseValue])))
    }

    /// Many choices go into the statement as one value each for texts and numbers.
    private func isIn(_ choices: [JSONValue]) -> SQLBounds {
        let plain = choices.filter { choice in
            guard case .string(let text) = choice else { return false }
            return text.utf8.allSatisfy { $0 < 0x80 }
        }
        let others = choices.filter { !plain.contains($0) }
        let list = JSONValue.array(plain).text.databaseValue
        let amongPlain = has(type: "text", "", SQLText(" IN (SELECT value FROM json_each(?))", [list]))
        let few = others.prefix(100).map(equals)
        let rest = others.count > few.count ? [SQLBounds(possible: exists)] : []
        return .any([SQLBounds(exactly: plain.isEmpty ? .no : amongPlain)] + few + rest)
    }

    // MARK: - Texts

    /// Whether the same could be meant, written in other letters: where either has parts that are composed with others.
    private func mayLook(like text: String) -> SQLText {
        let isComposed = text.unicodeScalars.contains {
            (0x300...0x36F).contains($0.value) || (0x1100...0x11FF).contains($0.value)
        }
        let pattern = isComposed ? Self.notPlain : Self.composing
        return has(type: "text", "", SQLText(" GLOB ?", [pattern.databaseValue]))
    }

    private var isPlain: SQLText { has(type: "text", "", SQLText(" NOT GLOB ?", [Self.notPlain.databaseValue])) }

    /// A test with a part of the text, twice, that holds for bytes; letters are more than their bytes where marks follow.
    private func text(_ part: String, _ before: StaticString, _ after: StaticString) -> SQLBounds {
        let found = has(type: "text", before, SQLText("\(after)", [part.databaseValue, part.databaseValue]))
        return SQLBounds(
            possible: .joined([found, mayLook(like: part)], by: "OR", none: .no),
            certain: .joined([found, isPlain], by: "AND", none: .no)
        )
    }

    private func contains(_ part: JSONValue) -> SQLBounds {
        let inList = SQLBounds(possible: has(type: "array"))
        guard case .string(let part) = part else { return inList }
        if part.isEmpty { return .any([SQLBounds(exactly: has(type: "text")), inList]) }
        let found = has(type: "text", "instr(", SQLText(", ?) > 0", [part.databaseValue]))
        let inText = SQLBounds(
            possible: .joined([found, mayLook(like: part)], by: "OR", none: .no),
            certain: .joined([found, isPlain], by: "AND", none: .no)
        )
        return .any([inText, inList])
    }

    // MARK: - Times

    /// Times as they are mostly written; others may be right as well.
    private static let timeShapes = ["", "[01]#", "2[0-3]"].flatMap { hour in
        hour.isEmpty ? ["####-##-##"] : ["####-##-##T\(hour):[0-5]#:[0-5]#Z", "####-##-##T\(hour):[0-5]#:[0-5]#.###Z"]
    }.map { $0.replacing("#", with: "[0-9]") }

    /// SQLite takes a day that is not in the calendar for one some days later.
    private var isDay: SQLText {
        guard let (_, value) = access else { return .no }
        return "coalesce(date(substr(" + value + ", 1, 10), '+0 days') = substr(" + value + ", 1, 10), 0)"
    }

    /// Days decide where they lie apart; a time's offset may move it by one.
    private func compares(_ comparison: TraitCondition.Comparison, _ bound: Timestamp) -> SQLBounds {
        let isUpward = comparison == .greaterThan || comparison == .atLeast
        guard let (before, after) = bound.daysAround else { return SQLBounds(possible: has(type: "text")) }
        let mayBe = isUpward ? SQLText(", 1, 10) >= ?", [before]) : SQLText(", 1, 10) <= ?", [after])
        let surely = isUpward ? SQLText(", 1, 10) > ?", [after]) : SQLText(", 1, 10) < ?", [before])
        let shapes = Self.timeShapes.map { has(type: "text", "", SQLText(" GLOB ?", [$0.databaseValue])) }
        return SQLBounds(
            possible: has(type: "text", "substr(", mayBe),
            certain: .joined(
                [has(type: "text", "substr(", surely), .joined(shapes, by: "OR", none: .no), isDay],
                by: "AND",
                none: .no
            )
        )
    }

    // MARK: - Numbers

    private func compares(_ comparison: TraitCondition.Comparison, _ bound: JSONNumber) -> SQLBounds {
        let near = Near(bound.double)
        let isUpward = comparison == .greaterThan || comparison == .atLeast
        let possible = isUpward ? numeric(" >= ?", near.below) : numeric(" <= ?", near.above)
        let certain = isUpward ? numeric(" > ?", near.above) : numeric(" < ?", near.below)
        guard let exact = bound.exactInDouble else { return SQLBounds(possible: possible, certain: certain) }
        let whole = has(type: "integer", "", SQLText("\(comparison.sql) ?", [exact.databaseValue]))
        return SQLBounds(possible: possible, certain: .joined([whole, certain], by: "OR", none: .no))
    }

    private func numeric(_ test: StaticString, _ values: Double...) -> SQLText {
        let test = SQLText("\(test)", values.map(\.databaseValue))
        return .joined([has(type: "integer", "", test), has(type: "real", "", test)], by: "OR", none: .no)
    }

    /// A number and the hair's breadth around it in which two ways to read digits may differ.
    private struct Near {
        let below: Double
        let above: Double

        init(_ number: Double) {
            let breadth = number.isFinite ? number.magnitude * 1e-12 : 0
            below = number.isFinite ? number - breadth : number
            above = number.isFinite ? number + breadth : number
        }
    }
}

extension Timestamp {
    /// Two days before and two days after, as dates; `nil` where the calendar of four digits ends.
    fileprivate var daysAround: (before: DatabaseValue, after: DatabaseValue)? {
        let slack: Int64 = 2 * 86_400_000_000
        guard (-62_000_000_000_000_000...253_000_000_000_000_000).contains(microseconds) else { return nil }
        let days = [-slack, slack].map { Timestamp(microseconds: microseconds + $0).description.prefix(10) }
        return (String(days[0]).databaseValue, String(days[1]).databaseValue)
    }
}

extension TraitCondition.Comparison {
    fileprivate var sql: StaticString {
        switch self {
        case .greaterThan: " >"
        case .atLeast: " >="
        case .lessThan: " <"
        case .atMost: " <="
        }
    }
}

extension JSONNumber {
    /// The whole number, when a floating-point number can hold it and its neighbours.
    fileprivate var exactInDouble: Int64? {
        int64.flatMap { $0.magnitude < 1 << 53 ? $0 : nil }
    }
}
