import Audience
import Events
import Store

/// Finds the profiles that meet a condition; exactly those, whatever SQL can say of it.
struct ProfileSearch: Sendable {
    /// The profiles of a page, and the cursor of the next if there may be one.
    struct Page: Sendable {
        var profiles: [Int64] = []
        /// The place behind each of them.
        var places: [SearchCursor] = []
        var cursor: SearchCursor?

        /// The same up to so many characters of traits, but for a single profile that has more.
        func ending(behind most: Int, in db: any SQLConnection) throws -> Page {
            let count = try ProfileView.fitting(profiles, characters: most, in: db)
            guard count < profiles.count else { return self }
            let places = Array(places.prefix(count))
            return Page(profiles: Array(profiles.prefix(count)), places: places, cursor: places.last)
        }
    }

    private let wanted: Condition
    private let condition: Condition
    private let lookup: ProfileLookup
    private let now: Timestamp
    /// How many profiles a page may look at besides those that SQL is certain of.
    private let scanned: Int

    init(_ condition: Condition, lookup: ProfileLookup, now: Timestamp, scanned: Int = 10_000) {
        // As the store has them.
        let condition = condition.mappingIdentifiers { lookup.normalized($0) ?? $0 }
        wanted = condition
        self.condition = condition.folded
        self.lookup = lookup
        self.now = now
        self.scanned = scanned
    }

    /// How many rows are looked at in one go.
    private static let together = 100

    private static let source: SQLText = """
         FROM profile p LEFT JOIN activity a ON a.profile = p.id
        WHERE p.shared = 0 AND 
        """

    /// How many values a statement may have for its condition: SQLite takes 32 766 in all, and PostgreSQL 65 535.
    private static let values = 30_000

    private func bounds(in dialect: SQLDialect) -> SQLBounds {
        let bounds = ConditionCompiler(lookup: lookup, now: now, dialect: dialect).bounds(of: wanted)
        let values = bounds.possible.values.count + bounds.certain.values.count
        guard values <= Self.values else { return SQLBounds(possible: .yes) }
        guard let unreadable = dialect.unreadable, !condition.traitNames.isEmpty else { return bounds }
        return bounds.apart(from: unreadable)
    }

    /// How many profiles there are that meet the condition.
    func count(in db: any SQLConnection) throws -> Int64 {
        let bounds = bounds(in: db.dialect)
        let certain = "SELECT count(*)" + Self.source + "(" + bounds.certain + ")"
        var count = try db.all(certain) { $0[0] as Int64 }.first ?? 0
        guard !bounds.isExact else { return count }
        let others = "SELECT p.id" + Self.source + "(" + bounds.possible + ") AND NOT (" + bounds.certain + ")"
        try inBatches(others, in: db) { rows in
            count += Int64(try matching(rows.map { $0[0] }, in: db).count)
            return true
        }
        return count
    }

    /// The next profiles in the wanted order.
    func page(_ keys: [SortKey], limit: Int, after cursor: SearchCursor?, in db: any SQLConnection) throws -> Page {
        let order = SortOrder(keys, in: db.dialect)
        var page = Page()
        var looked = 0
        let text = statement(bounds(in: db.dialect), order, after: cursor, limit)
        let isWhole = try inBatches(text, in: db) { rows in
            let candidates = rows.map { Candidate($0, order) }
            let matching = try matching(candidates.filter { !$0.isCertain }.map(\.number), in: db)
            for candidate in candidates {
                guard page.profiles.count < limit, looked < scanned else { return false }
                if !candidate.isCertain { looked += 1 }
                page.cursor = candidate.cursor
                guard candidate.isCertain || matching.contains(candidate.number) else { continue }
                page.profiles.append(candidate.number)
                page.places.append(candidate.cursor)
            }
            return true
        }
        if isWhole { page.cursor = nil }
        return page
    }

    private struct Candidate {
        let number: Int64
        let isCertain: Bool
        /// The place behind it.
        let cursor: SearchCursor

        init(_ row: SQLRow, _ order: SortOrder) {
            number = row[0]
            isCertain = row[1]
            cursor = order.cursor(of: row, behind: 2, profile: row[0])
        }
    }

    private func statement(
        _ bounds: SQLBounds,
        _ order: SortOrder,
        after cursor: SearchCursor?,
        _ limit: Int
    ) -> SQLText {
        // Of whomever an exact condition finds it is certain: there is no need to ask PostgreSQL again for each row.
        let isCertain = bounds.isExact ? .yes : bounds.certain
        var text = "SELECT p.id, (" + isCertain + ")" + order.selection + Self.source
        text = text + "(" + bounds.possible + ")"
        if let cursor { text = text + " AND (" + order.isBehind(cursor) + ")" }
        text = text + " ORDER BY " + order.directions
        // One more than is shown tells whether there is another page; the database need not sort the others.
        return bounds.isExact ? text + SQLText(" LIMIT ?", [(limit + 1).sqlValue]) : text
    }

    /// Goes through what a statement gives, some rows at a time, until the body has enough; whether it went to the end.
    @discardableResult
    private func inBatches(
        _ text: SQLText,
        in db: any SQLConnection,
        _ body: ([SQLRow]) throws -> Bool
    ) throws -> Bool {
        var batch: [SQLRow] = []
        var wantsMore = true
        try db.each(text.sql, text.values) { row in
            batch.append(row)
            guard batch.count == Self.together else { return true }
            wantsMore = try body(batch)
            batch = []
            return wantsMore
        }
        return try wantsMore && body(batch)
    }

    // MARK: - What SQL is not certain of

    private func matching(_ numbers: [Int64], in db: any SQLConnection) throws -> Set<Int64> {
        let snapshots = try ProfileSnapshot.all(of: numbers, for: condition, now: now, in: db)
        return Set(snapshots.filter { condition.matches($0.value) }.keys)
    }
}
