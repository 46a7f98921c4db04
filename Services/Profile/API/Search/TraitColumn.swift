import Store

/// A trait in `p.traits`, as an engine gets it out of the JSON there.
///
/// Every condition is true or false, and never null.
struct TraitColumn: Sendable {
    /// What a trait can be; a number that is whole can be compared to the last digit.
    enum Kind: Sendable {
        case text, number, whole, yes, no, array, object
    }

    let dialect: SQLDialect
    /// In SQLite its JSON type.
    private let type: SQLText
    /// In SQLite its value, in PostgreSQL its JSON.
    private let value: SQLText

    /// The trait of this name, or, where there is none, what has the path that dots divide; `nil` when the engine has no way to name it.
    init?(_ path: String, in dialect: SQLDialect) {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let paths = parts.count > 1 ? [[path], parts] : [[path]]
        guard dialect.canName(parts) else { return nil }
        self.dialect = dialect
        switch dialect {
        case .sqlite:
            let found = paths.map { SQLText.call("json_type", "p.traits", Self.label($0)) }
            type = Self.first(found, of: found)
            value = Self.first(paths.map { .call("json_extract", "p.traits", Self.label($0)) }, of: found)
        case .postgreSQL:
            let found = paths.map { $0.reduce("p.facts") { $0 + SQLText(" -> ?", [$1.sqlValue]) } }
            value = "(" + Self.first(found, of: found) + ")"
            type = .call("jsonb_typeof", value)
        }
    }

    /// SQLite's path to a member.
    private static func label(_ names: [String]) -> SQLText {
        SQLText("?", [("$" + names.map { ".\"\($0)\"" }.joined()).sqlValue])
    }

    /// What belongs to the first way on which something is found.
    private static func first(_ results: [SQLText], of found: [SQLText]) -> SQLText {
        guard results.count > 1 else { return results[0] }
        return "CASE WHEN " + found[0] + " IS NULL THEN " + results[1] + " ELSE " + results[0] + " END"
    }

    // MARK: - Conditions

    /// Whether it is there, and not null.
    var exists: SQLText { ("(" + type + ") <> 'null'").orNot }

    /// Whether it is of a kind, and passes a test.
    func isOf(_ kind: Kind, _ test: ((SQLText) -> SQLText)? = nil) -> SQLText {
        guard let test else { return isOfKind(kind).orNot }
        return (isOfKind(kind) + " AND (" + test(content(kind)) + ")").orNot
    }

    private func isOfKind(_ kind: Kind) -> SQLText {
        switch dialect {
        case .sqlite: "(" + type + SQLText(") IN (\(kind.typesInSQLite))")
        case .postgreSQL:
            switch kind {
            case .whole: type + " = 'number' AND scale(kith_number(" + value + ")) = 0"
            case .yes, .no: value + SQLText(" = '\(kind == .yes)'")
            default: type + SQLText(" = '\(kind.typeInPostgreSQL)'")
            }
        }
    }

    private func content(_ kind: Kind) -> SQLText {
        guard dialect == .postgreSQL else { return value }
        return kind == .text ? text : .call("kith_number", value)
    }

    private var text: SQLText { "(" + value + " #>> '{}') COLLATE \"C\"" }

    // MARK: - Order

    /// What to sort by so that numbers, among which are yes and no, come before texts: scalars, or null.
    var sortable: [SortColumn] {
        switch dialect {
        case .sqlite:
            [SortColumn("CASE WHEN " + type + " IN ('array', 'object') THEN NULL ELSE " + value + " END", .any)]
        case .postgreSQL:
            [
                SortColumn(.call("kith_number", value), .number),
                SortColumn("CASE WHEN " + type + " = 'string' THEN " + text + " END", .text),
            ]
        }
    }
}

extension TraitColumn.Kind {
    fileprivate var typesInSQLite: String {
        switch self {
        case .text: "'text'"
        case .number: "'integer', 'real'"
        case .whole: "'integer'"
        case .yes: "'true'"
        case .no: "'false'"
        case .array: "'array'"
        case .object: "'object'"
        }
    }

    fileprivate var typeInPostgreSQL: String {
        switch self {
        case .text: "string"
        case .number, .whole: "number"
        case .yes, .no: "boolean"
        case .array: "array"
        case .object: "object"
        }
    }
}
