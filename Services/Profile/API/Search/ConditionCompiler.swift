import Audience
import Events
import Store

/// Says a condition in SQL, about the row `p` of `profile`.
struct ConditionCompiler: Sendable {
    let lookup: ProfileLookup
    /// The moment that periods end at.
    let now: Timestamp
    let dialect: SQLDialect

    func bounds(of condition: Condition) -> SQLBounds {
        switch condition {
        case .all(let conditions): .all(conditions.map(bounds))
        case .any(let conditions): .any(conditions.map(bounds))
        case .not(let condition): bounds(of: condition).negated
        case .trait(let condition): TraitSQL(path: condition.path, in: dialect).bounds(of: condition.tests)
        case .identifier(let condition): SQLBounds(exactly: identifier(condition))
        case .event(let condition): SQLBounds(exactly: event(condition))
        case .text(let text): SQLBounds(exactly: dialect.names(beginWith: SearchText(text)))
        }
    }

    // MARK: - Identifiers

    private func identifier(_ condition: IdentifierCondition) -> SQLText {
        if condition.tests.contains(.exists(false)) {
            let isOnly = condition.tests.allSatisfy { $0 == .exists(false) }
            return isOnly ? Self.one(of: condition.namespace, []).negated : .no
        }
        if condition.tests.count == 1, case .equals(let value)? = condition.tests.first {
            return Self.named(by: lookup.hash(Identifier(condition.namespace, value)).sqlValue)
        }
        return Self.one(of: condition.namespace, condition.tests.map(test))
    }

    /// Whether the profile has the identifier with a key, or a part of it: a divided device itself is nobody's.
    private static func named(by key: SQLValue) -> SQLText {
        SQLText(
            """
            p.id IN (SELECT profile FROM identifier WHERE key = ? UNION ALL
            SELECT part.profile FROM identifier part JOIN identifier d ON d.id = part.device WHERE d.key = ?)
            """,
            [key, key]
        )
    }

    /// Whether the profile has an identifier of the namespace that passes every test.
    private static func one(of namespace: String, _ tests: [SQLText]) -> SQLText {
        let start = SQLText(
            """
            EXISTS (SELECT 1 FROM identifier i WHERE i.profile = p.id
            AND i.namespace = (SELECT id FROM namespace WHERE name = ?) AND 
            """,
            [namespace.sqlValue]
        )
        return start + .joined(tests, by: "AND", none: .yes) + ")"
    }

    private func test(_ test: IdentifierCondition.Test) -> SQLText {
        switch test {
        case .exists: .yes
        case .equals(let value): SQLText("i.value = ?", [value.sqlValue])
        case .startsWith(let start):
            SQLText("substr(i.value, 1, length(?)) = ?", [start.sqlValue, start.sqlValue])
        case .endsWith(""): .yes
        case .endsWith(let end): dialect.ends("i.value", with: end)
        }
    }

    // MARK: - Events

    private func event(_ condition: EventCondition) -> SQLText {
        let name = condition.name.sqlValue
        switch condition.test {
        case .count(let least, let most): return Self.count(name, least, most)
        case .since(let time): return Self.some(name, "t.last >= ?", time)
        case .until(let time): return Self.some(name, "t.first < ?", time)
        case .within(let period): return Self.some(name, "t.last >= ?", now.before(period))
        }
    }

    private static let tallies = """
        SELECT i.profile FROM tally t JOIN identifier i ON i.id = t.identifier
        WHERE t.event IN (SELECT id FROM event WHERE name = ?)
        """

    private static func some(_ name: SQLValue, _ test: StaticString, _ time: Timestamp) -> SQLText {
        SQLText("p.id IN (\(tallies) AND \(test))", [name, time.microseconds.sqlValue])
    }

    private static func count(_ name: SQLValue, _ least: Int, _ most: Int?) -> SQLText {
        let most = most ?? .max
        guard least <= most else { return .no }
        if least > 0 {
            return SQLText(
                "p.id IN (\(tallies) GROUP BY i.profile HAVING sum(t.count) BETWEEN ? AND ?)",
                [name, least.sqlValue, most.sqlValue]
            )
        }
        guard most < .max else { return .yes }
        return SQLText(
            "p.id NOT IN (\(tallies) GROUP BY i.profile HAVING sum(t.count) > ?)",
            [name, most.sqlValue]
        )
    }
}

extension Timestamp {
    /// The time that is so long before this one, or the earliest there is.
    func before(_ period: Duration) -> Timestamp {
        let (whole, overflow) = period.components.seconds.multipliedReportingOverflow(by: 1_000_000)
        let part = period.components.attoseconds / 1_000_000_000_000
        let (past, underflow) = microseconds.subtractingReportingOverflow(overflow ? .max : whole + part)
        return Timestamp(microseconds: underflow ? .min : past)
    }
}
