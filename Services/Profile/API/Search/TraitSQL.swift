import Audience
import Events
import Store

/// Conditions on one trait in SQL.
///
/// Swift takes texts for equal that look the same, however they are composed, and reads numbers to the last bit; SQL does
/// neither. So a test has two answers: one a little too wide, and one a little too narrow.
struct TraitSQL: Sendable {
    private let dialect: SQLDialect
    /// `nil` when SQL has no way to name the trait.
    private let trait: TraitColumn?

    init(path: String, in dialect: SQLDialect) {
        self.dialect = dialect
        trait = TraitColumn(path, in: dialect)
    }

    // MARK: - Tests

    func bounds(of tests: [TraitCondition.Test]) -> SQLBounds {
        guard let trait else { return SQLBounds(possible: .yes) }
        return .all(tests.map { bounds(of: $0, trait) })
    }

    private func bounds(of test: TraitCondition.Test, _ trait: TraitColumn) -> SQLBounds {
        switch test {
        case .exists(let expected): SQLBounds(exactly: expected ? trait.exists : trait.exists.negated)
        case .equals(let operand): equals(operand, trait)
        case .notEquals(let operand): equals(operand, trait).negated
        case .isIn(let choices): isIn(choices, trait)
        case .contains(let part): contains(part, trait)
        case .startsWith(let start): text(start, trait) { Self.starts($0, with: start) }
        case .endsWith(""): SQLBounds(exactly: trait.isOf(.text))
        case .endsWith(let end): text(end, trait) { dialect.ends($0, with: end) }
        case .compares(let comparison, .number(let bound)): compares(comparison, bound, trait)
        case .compares(let comparison, .time(let bound)): compares(comparison, bound, trait)
        }
    }

    // MARK: - Equality

    private func equals(_ operand: JSONValue, _ trait: TraitColumn) -> SQLBounds {
        switch operand {
        case .null: SQLBounds(exactly: .no)
        case .bool(let value): SQLBounds(exactly: trait.isOf(value ? .yes : .no))
        case .string(let text): equals(text, trait)
        case .number(let number): equals(number, trait)
        case .array: SQLBounds(possible: trait.isOf(.array))
        case .object: SQLBounds(possible: trait.isOf(.object))
        }
    }

    private func equals(_ text: String, _ trait: TraitColumn) -> SQLBounds {
        let same = trait.isOf(.text) { $0 + SQLText(" = ?", [text.sqlValue]) }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return SQLBounds(exactly: same) }
        return SQLBounds(possible: .joined([same, mayLook(like: text, trait)], by: "OR", none: .no), certain: same)
    }

    private func equals(_ number: JSONNumber, _ trait: TraitColumn) -> SQLBounds {
        let near = Near(number.double)
        let possible = trait.isOf(.number) { value in
            value + " BETWEEN " + operand(near.below.sqlValue) + " AND " + operand(near.above.sqlValue)
        }
        guard let exact = number.exactInDouble else { return SQLBounds(possible: possible) }
        return SQLBounds(possible: possible, certain: trait.isOf(.whole) { $0 + " = " + operand(exact.sqlValue) })
    }

    /// Many choices go into the statement as one value each for texts and numbers.
    private func isIn(_ choices: [JSONValue], _ trait: TraitColumn) -> SQLBounds {
        let plain = choices.filter(Self.isPlain)
        let others = choices.filter { !Self.isPlain($0) }
        let amongPlain = trait.isOf(.text) { dialect.among($0, JSONValue.array(plain).text) }
        let few = others.prefix(100).map { equals($0, trait) }
        let rest = others.count > few.count ? [SQLBounds(possible: trait.exists)] : []
        return .any([SQLBounds(exactly: plain.isEmpty ? .no : amongPlain)] + few + rest)
    }

    private static func isPlain(_ choice: JSONValue) -> Bool {
        guard case .string(let text) = choice else { return false }
        return text.utf8.allSatisfy { $0 < 0x80 && $0 != 0 }
    }

    // MARK: - Texts

    private static func starts(_ text: SQLText, with start: String) -> SQLText {
        "substr(" + text + SQLText(", 1, length(?)) = ?", [start.sqlValue, start.sqlValue])
    }

    /// Whether the same could be meant, written otherwise: where either has something that can be.
    private func mayLook(like text: String, _ trait: TraitColumn) -> SQLText {
        TextShape.isRespelled(text) ? trait.isOf(.text) : trait.isOf(.text) { dialect.has($0, .respelled) }
    }

    /// A test that finds the same code points; others may mean the same.
    private func text(_ part: String, _ trait: TraitColumn, _ test: @escaping (SQLText) -> SQLText) -> SQLBounds {
        let found = trait.isOf(.text, test)
        return SQLBounds(
            possible: .joined([found, mayLook(like: part, trait)], by: "OR", none: .no),
            certain: found
        )
    }

    private func contains(_ part: JSONValue, _ trait: TraitColumn) -> SQLBounds {
        let inList = SQLBounds(possible: trait.isOf(.array))
        guard case .string(let part) = part else { return inList }
        if part.isEmpty { return .any([SQLBounds(exactly: trait.isOf(.text)), inList]) }
        let inText = text(part, trait) { text in
            .call(dialect.position, text, SQLText("?", [part.sqlValue])) + " > 0"
        }
        return .any([inText, inList])
    }

    // MARK: - Times

    /// Days decide where they lie apart; a time's offset may move it by one.
    private func compares(
        _ comparison: TraitCondition.Comparison,
        _ bound: Timestamp,
        _ trait: TraitColumn
    ) -> SQLBounds {
        let isUpward = comparison == .greaterThan || comparison == .atLeast
        guard let (before, after) = bound.daysAround else { return SQLBounds(possible: trait.isOf(.text)) }
        let mayBe = isUpward ? SQLText(", 1, 10) >= ?", [before]) : SQLText(", 1, 10) <= ?", [after])
        let surely = isUpward ? SQLText(", 1, 10) > ?", [after]) : SQLText(", 1, 10) < ?", [before])
        return SQLBounds(
            possible: trait.isOf(.text) { "substr(" + $0 + mayBe },
            certain: trait.isOf(.text) { text in
                .joined(["substr(" + text + surely, dialect.has(text, .time)], by: "AND", none: .no)
            }
        )
    }

    // MARK: - Numbers

    private func compares(
        _ comparison: TraitCondition.Comparison,
        _ bound: JSONNumber,
        _ trait: TraitColumn
    ) -> SQLBounds {
        let near = Near(bound.double)
        let isUpward = comparison == .greaterThan || comparison == .atLeast
        let possible = trait.isOf(.number) { value in
            isUpward ? value + " >= " + operand(near.below.sqlValue) : value + " <= " + operand(near.above.sqlValue)
        }
        let certain = trait.isOf(.number) { value in
            isUpward ? value + " > " + operand(near.above.sqlValue) : value + " < " + operand(near.below.sqlValue)
        }
        guard let exact = bound.exactInDouble else { return SQLBounds(possible: possible, certain: certain) }
        let whole = trait.isOf(.whole) { $0 + SQLText("\(comparison.sql) ") + operand(exact.sqlValue) }
        return SQLBounds(possible: possible, certain: .joined([whole, certain], by: "OR", none: .no))
    }

    private func operand(_ value: SQLValue) -> SQLText { SQLText(dialect.number, [value]) }

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
    fileprivate var daysAround: (before: SQLValue, after: SQLValue)? {
        let slack: Int64 = 2 * 86_400_000_000
        guard (-62_000_000_000_000_000...253_000_000_000_000_000).contains(microseconds) else { return nil }
        let days = [-slack, slack].map { Timestamp(microseconds: microseconds + $0).description.prefix(10) }
        return (String(days[0]).sqlValue, String(days[1]).sqlValue)
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
