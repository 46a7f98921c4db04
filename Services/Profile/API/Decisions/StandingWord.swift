import Events
import FoundationEssentials
import Store
import Topics

/// Reads from the store what people decided and have not taken back.
enum StandingWord {
    /// One decision; `nil` if it does not stand.
    static func decision(_ id: String, in db: any SQLConnection) throws -> IdentityDecision? {
        try db.first("\(decisionColumns) WHERE id = ?", [id], IdentityDecision.init) ?? nil
    }

    /// Decisions, all or those on an identifier, the last first.
    static func decisions(
        on key: Data?,
        after last: DecisionCursor?,
        limit: Int,
        in db: any SQLConnection
    ) throws -> [IdentityDecision] {
        var asked: [SQLText] = []
        if let key { asked.append(SQLText("first = ? OR other = ?", [key.sqlValue, key.sqlValue])) }
        return try db.all(page(decisionColumns, asked, last, limit), IdentityDecision.init).compactMap { $0 }
    }

    /// The decisions on an identifier of a profile and any other one, the last first.
    static func decisions(of profile: Int64, in db: any SQLConnection) throws -> [IdentityDecision] {
        let sql = """
            \(decisionColumns) WHERE first IN (SELECT key FROM identifier WHERE profile = ?1)
                OR other IN (SELECT key FROM identifier WHERE profile = ?1) ORDER BY time DESC, id DESC
            """
        return try db.all(sql, [profile], IdentityDecision.init).compactMap { $0 }
    }

    /// All corrections, the last first.
    static func corrections(
        after last: DecisionCursor?,
        limit: Int,
        in db: any SQLConnection
    ) throws -> [TraitCorrection] {
        try db.all(page(correctionColumns, [], last, limit), TraitCorrection.init).compactMap { $0 }
    }

    /// The corrections of a profile's traits, the last first.
    static func corrections(of profile: Int64, in db: any SQLConnection) throws -> [TraitCorrection] {
        let sql = """
            SELECT c.id, c.name, c.trait, c.value, c.author, c.reason, c.time
            FROM identifier i CROSS JOIN correction c WHERE i.profile = ? AND c.key = i.key
            ORDER BY c.time DESC, c.id DESC
            """
        return try db.all(sql, [profile], TraitCorrection.init).compactMap { $0 }
    }

    /// One correction; `nil` if it does not stand.
    static func correction(_ id: String, in db: any SQLConnection) throws -> TraitCorrection? {
        try db.first("\(correctionColumns) WHERE id = ?", [id], TraitCorrection.init) ?? nil
    }

    private static let decisionColumns =
        "SELECT id, verdict, first_name, other_name, author, reason, time FROM decision"
    private static let correctionColumns = "SELECT id, name, trait, value, author, reason, time FROM correction"

    /// The last ones that meet the conditions, from behind a place on.
    private static func page(
        _ columns: String,
        _ conditions: [SQLText],
        _ last: DecisionCursor?,
        _ limit: Int
    ) -> SQLText {
        let behind = last.map { SQLText("(time, id) < (?, ?)", [$0.time.sqlValue, $0.id.sqlValue]) }
        return SQLText("\(columns) WHERE ")
            + .joined(conditions + [behind].compactMap(\.self), by: "AND", none: .yes)
            + SQLText(" ORDER BY time DESC, id DESC LIMIT ?", [limit.sqlValue])
    }
}

extension IdentityDecision {
    fileprivate init?(_ row: SQLRow) {
        guard let verdict = Verdict(rawValue: row[1]), let left = Identifier(parsing: row[2] as String),
            let right = Identifier(parsing: row[3] as String)
        else { return nil }
        self.init(id: row[0], verdict: verdict, left: left, right: right, word: Word(row, 4))
    }
}

extension TraitCorrection {
    fileprivate init?(_ row: SQLRow) {
        guard let identifier = Identifier(parsing: row[1] as String) else { return nil }
        self.init(id: row[0], identifier: identifier, trait: row[2], value: row[3], word: Word(row, 4))
    }
}

extension Word {
    fileprivate init(_ row: SQLRow, _ column: Int) {
        self.init(
            author: row[column],
            reason: row[column + 1],
            time: Timestamp(microseconds: row[column + 2])
        )
    }
}
