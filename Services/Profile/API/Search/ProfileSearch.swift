import Audience
import Events
import FoundationEssentials
import GRDB

/// Finds the profiles that meet a condition; exactly those, whatever SQL can say of it.
struct ProfileSearch: Sendable {
    /// The profiles of a page, and the cursor of the next if there may be one.
    struct Page: Sendable {
        var profiles: [Int64] = []
        var cursor: SearchCursor?
    }

    private let condition: Condition
    private let bounds: SQLBounds
    private let now: Timestamp
    private let traits: Set<String>
    /// How many profiles a page may look at besides those that SQL is certain of.
    private let scanned: Int

    init(_ condition: Condition, lookup: ProfileLookup, now: Timestamp, scanned: Int = 10_000) {
        bounds = ConditionCompiler(lookup: lookup, now: now).bounds(of: condition)
        self.condition = condition.folded
        self.now = now
        self.scanned = scanned
        traits = condition.traitNames
    }

    private static let source: SQLText = """
        FROM profile p LEFT JOIN activity a ON a.profile = p.id JOIN identifier f ON f.id = p.founder
        WHERE p.shared = 0 AND 
        """

    /// How many profiles there are that meet the condition.
    func count(in db: Database) throws -> Int64 {
        guard !bounds.isExact else {
            let count = "SELECT count(*) " + Self.source + "(" + bounds.possible + ")"
            return try Int64.fetchOne(db, sql: count.sql, arguments: StatementArguments(count.values)) ?? 0
        }
        let rows = try run(
            "SELECT p.id, (" + bounds.certain + ") " + Self.source + "(" + bounds.possible + ")",
            in: db
        )
        var count: Int64 = 0
        while let row = try rows.next() {
            if try row[1] || matches(row[0], in: db) { count += 1 }
        }
        return count
    }

    /// The next profiles in the wanted order.
    func page(_ order: [SortKey], limit: Int, after cursor: SearchCursor?, in db: Database) throws -> Page {
        let keys = order.map(\.sql)
        let rows = try run(statement(keys, order, after: cursor), in: db)
        var page = Page()
        var looked = 0
        while let row = try rows.next() {
            let number: Int64 = row[0]
            let isCertain: Bool = row[1]
            guard page.profiles.count < limit, looked < scanned else { return page }
            if !isCertain { looked += 1 }
            page.cursor = SearchCursor(values: (0..<keys.count).map { row[2 + $0] }, profile: number)
            if try isCertain || matches(number, in: db) { page.profiles.append(number) }
        }
        page.cursor = nil
        return page
    }

    // MARK: - SQL

    private func run(_ text: SQLText, in db: Database) throws -> RowCursor {
        // Not kept: no two searches are the same.
        try Row.fetchCursor(try db.makeStatement(sql: text.sql), arguments: StatementArguments(text.values))
    }

    private func statement(_ keys: [SQLText], _ order: [SortKey], after cursor: SearchCursor?) -> SQLText {
        var text = "SELECT p.id, (" + bounds.certain + ")"
        for (index, key) in keys.enumerated() { text = text + ", (" + key + SQLText(") AS k\(index)") }
        text = text + " " + Self.source + "(" + bounds.possible + ")"
        if let cursor { text = text + " AND (" + Self.behind(cursor, keys, order) + ")" }
        let directions = order.enumerated().map { index, key in
            "k\(index) IS NULL, k\(index) \(key.order == .ascending ? "ASC" : "DESC")"
        }
        return text + SQLText(" ORDER BY \((directions + ["p.id"]).joined(separator: ", "))")
    }

    /// Whether a row comes behind the cursor: the same up to some key, and there further on; nothing comes behind null.
    private static func behind(_ cursor: SearchCursor, _ keys: [SQLText], _ order: [SortKey]) -> SQLText {
        var same: [SQLText] = []
        var ways: [SQLText] = []
        for (index, key) in keys.enumerated() {
            let value = cursor.values[index]
            if !value.isNull {
                let further = SQLText(") \(order[index].order == .ascending ? ">" : "<") ? OR (", [value])
                ways.append(.joined(same + ["((" + key + further + key + ") IS NULL)"], by: "AND", none: .yes))
            }
            same.append("(" + key + SQLText(") IS ?", [value]))
        }
        ways.append(.joined(same + [SQLText("p.id > ?", [cursor.profile.databaseValue])], by: "AND", none: .yes))
        return .joined(ways, by: "OR", none: .no)
    }

    // MARK: - What SQL is not certain of

    private func matches(_ number: Int64, in db: Database) throws -> Bool {
        try condition.matches(ProfileSnapshot(of: number, traits: traits, condition: condition, now: now, in: db))
    }
}

extension SortKey {
    /// What to sort the row `p` by.
    fileprivate var sql: SQLText {
        switch subject {
        case .firstSeen: "p.first_seen"
        case .lastSeen: "coalesce(a.last_seen, p.first_seen)"
        case .eventCount: "coalesce(a.events, 0)"
        case .revision: "coalesce(a.revision, 0)"
        case .id: "hex(f.key)"
        case .trait(let name): TraitSQL(path: name).sortable
        }
    }
}
