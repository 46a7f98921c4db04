import Events
import Store

/// What profiles are sorted by in SQL; null comes last.
struct SortColumn: Sendable {
    /// What a column's values are compared with.
    enum Values: Sendable {
        case any, number, text
    }

    let sql: SQLText
    private let values: Values

    init(_ sql: SQLText, _ values: Values) {
        self.sql = sql
        self.values = values
    }

    /// The one of its values that a cursor has; null when that belongs to another column.
    func own(_ value: SQLValue) -> SQLValue {
        switch (values, value) {
        case (.any, _), (.number, .integer), (.number, .real), (.text, .text): value
        default: .null
        }
    }

    /// A value's place in the statement.
    func operand(_ value: SQLValue, in dialect: SQLDialect) -> SQLText {
        SQLText(values == .number && !value.isNull ? dialect.number : "?", [value])
    }
}

extension SortKey {
    /// What to sort the row `p` by, one after the other; at most one of them is not null.
    func columns(in dialect: SQLDialect) -> [SortColumn] {
        switch subject {
        case .firstSeen: [SortColumn("p.first_seen", .number)]
        case .lastSeen: [SortColumn("coalesce(a.last_seen, p.first_seen)", .number)]
        case .eventCount: [SortColumn("coalesce(a.events, 0)", .number)]
        case .revision: [SortColumn("coalesce(a.revision, 0)", .number)]
        case .id: [SortColumn(dialect.key, .text)]
        case .trait(let name):
            TraitColumn(name, in: dialect).map { order == .ascending ? $0.sortable : $0.sortable.reversed() } ?? []
        }
    }
}

/// The order of a search in SQL.
struct SortOrder: Sendable {
    private let dialect: SQLDialect
    private let columns: [(column: SortColumn, key: Int, isAscending: Bool)]
    private let count: Int

    init(_ keys: [SortKey], in dialect: SQLDialect) {
        self.dialect = dialect
        count = keys.count
        columns = keys.enumerated().flatMap { index, key in
            key.columns(in: dialect).map { ($0, index, key.order == .ascending) }
        }
    }

    /// What a row has to have for ``cursor(of:behind:profile:)``, with a comma before each.
    var selection: SQLText {
        columns.enumerated().reduce("") { $0 + ", (" + $1.element.column.sql + SQLText(") AS k\($1.offset)") }
    }

    /// What stands behind `ORDER BY`.
    var directions: SQLText {
        let directions = columns.enumerated().map { "k\($0) \($1.isAscending ? "ASC" : "DESC") NULLS LAST" }
        return SQLText((directions + ["p.id"]).joined(separator: ", "))
    }

    /// The cursor behind a row; the selection follows so many other columns.
    func cursor(of row: SQLRow, behind others: Int, profile: Int64) -> SearchCursor {
        var values = Array(repeating: SQLValue.null, count: count)
        for (place, column) in columns.enumerated() where values[column.key].isNull {
            values[column.key] = row.value(others + place)
        }
        return SearchCursor(values: values, profile: profile)
    }

    /// Whether a row comes behind the cursor: the same up to some column, and there further on; nothing comes behind null.
    func isBehind(_ cursor: SearchCursor) -> SQLText {
        var same: [SQLText] = []
        var ways: [SQLText] = []
        for (column, key, isAscending) in columns {
            let value = column.own(cursor.values[key])
            let operand = column.operand(value, in: dialect)
            if !value.isNull {
                let further = "((" + column.sql + SQLText(isAscending ? ") > " : ") < ") + operand
                ways.append(.joined(same + [further + " OR (" + column.sql + ") IS NULL)"], by: "AND", none: .yes))
            }
            same.append("(" + column.sql + ") IS NOT DISTINCT FROM " + operand)
        }
        ways.append(.joined(same + [SQLText("p.id > ?", [cursor.profile.sqlValue])], by: "AND", none: .yes))
        return .joined(ways, by: "OR", none: .no)
    }
}
