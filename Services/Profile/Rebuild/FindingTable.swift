import Store
import Topics

/// What was found of the profiles of a store that is being rebuilt, in a table of its own until that is done.
///
/// There is a row for each profile of which there is something to tell or to count. `kinds` has a bit for each of
/// ``FindingKind``, `former` the keys of former ids, `origins` those of the old profiles that it has identifiers of,
/// `siblings` those of other new profiles that have identifiers of these, as many as are told, and `lost` those of identifiers that
/// are there no more, 16 bytes each.
struct FindingTable {
    let db: any SQLConnection

    /// Makes the table, or empties it.
    func reset() throws {
        try db.execute("DROP TABLE IF EXISTS finding")
        try db.define(
            """
            CREATE TABLE finding (
                profile INTEGER PRIMARY KEY, kinds INTEGER NOT NULL, leads INTEGER NOT NULL, splits INTEGER NOT NULL,
                change TEXT, former BLOB NOT NULL, origins BLOB NOT NULL, siblings BLOB NOT NULL, lost BLOB NOT NULL)
            """
        )
    }

    /// Empties the table: to remove it would wait for whoever reads it, as for a dump, and nothing is taken in meanwhile.
    func clear() throws {
        try db.execute("DELETE FROM finding")
    }

    /// Notes what was found of a profile in place of what was before; `nil` for a profile that is there no more.
    func note(_ finding: Finding?, of profile: Int64) throws {
        guard let finding, !finding.kinds.isEmpty || finding.change != nil else {
            let delete = try BulkStatement("DELETE FROM finding WHERE profile = ?", in: db)
            delete.bind(1, profile)
            return try delete.run()
        }
        let replace = try BulkStatement(
            """
            INSERT INTO finding (profile, kinds, leads, splits, change, former, origins, siblings, lost)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (profile) DO UPDATE SET kinds = excluded.kinds, leads = excluded.leads,
                splits = excluded.splits, change = excluded.change, former = excluded.former,
                origins = excluded.origins, siblings = excluded.siblings, lost = excluded.lost
            """,
            in: db
        )
        replace.bind(1, profile)
        replace.bind(2, finding.kinds.reduce(0) { $0 | $1.bit })
        replace.bind(3, Int64(finding.leads))
        replace.bind(4, Int64(finding.splits))
        if let change = finding.change { replace.bind(5, change.rawValue) } else { replace.bindNull(5) }
        replace.bind(6, finding.former.flatMap(\.bytes))
        replace.bind(7, finding.origins.flatMap(\.bytes))
        replace.bind(8, finding.siblings.flatMap(\.bytes))
        replace.bind(9, finding.lost.flatMap(\.bytes))
        try replace.run()
    }

    /// Forgets what was found of profiles that are there no more.
    func prune() throws {
        // PostgreSQL would go through all profiles for each row of a NOT IN.
        try db.execute("DELETE FROM finding WHERE NOT EXISTS (SELECT 1 FROM profile p WHERE p.id = finding.profile)")
    }

    // MARK: - Telling

    /// One profile of which others are told.
    struct News {
        var profile: Int64
        var key: Key128
        var revision: Int64
        var change: Change.Kind
        var former: [Key128]
        var origins: [Key128]
        var siblings: [Key128]
        var lost: [Key128]
    }

    /// The next profiles of which others are told, behind a profile.
    func news(after profile: Int64, limit: Int) throws -> [News] {
        let query = try BulkStatement(
            """
            SELECT n.profile, f.key, a.revision, n.change, n.former, n.origins, n.siblings, n.lost
            FROM finding n JOIN profile p ON p.id = n.profile JOIN identifier f ON f.id = p.founder
            JOIN activity a ON a.profile = p.id WHERE n.profile > ? AND n.change IS NOT NULL ORDER BY n.profile LIMIT ?
            """,
            in: db
        )
        query.bind(1, profile)
        query.bind(2, Int64(limit))
        var news: [News] = []
        while try query.step() {
            guard let key = Key128(query.bytes(1)), let change = Change.Kind(rawValue: query.text(3)) else { continue }
            news.append(
                News(
                    profile: query.integer(0),
                    key: key,
                    revision: query.integer(2),
                    change: change,
                    former: Self.keys(query.bytes(4)),
                    origins: Self.keys(query.bytes(5)),
                    siblings: Self.keys(query.bytes(6)),
                    lost: Self.keys(query.bytes(7))
                )
            )
        }
        return news
    }

    private static func keys(_ bytes: [UInt8]) -> [Key128] {
        stride(from: 0, to: bytes.count, by: 16).compactMap { Key128(Array(bytes[$0..<min($0 + 16, bytes.count)])) }
    }

    // MARK: - Counting

    /// Some profiles that something was found of.
    func profiles(_ kind: FindingKind, limit: Int) throws -> [Int64] {
        let query = try BulkStatement(
            "SELECT profile FROM finding WHERE (kinds & ?) <> 0 ORDER BY profile LIMIT ?",
            in: db
        )
        query.bind(1, kind.bit)
        query.bind(2, Int64(limit))
        var profiles: [Int64] = []
        while try query.step() { profiles.append(query.integer(0)) }
        return profiles
    }

    /// Some profiles that old ones are counted with that are several now.
    func leaders(limit: Int) throws -> [Int64] {
        try db.all("SELECT profile FROM finding WHERE kinds <> 0 AND splits > 0 ORDER BY profile LIMIT ?", [limit]) {
            $0[0]
        }
    }

    /// The counts, given how many persons there were and are.
    func counts(before: Int64, after: Int64) throws -> RebuildReport.Counts {
        var counts = RebuildReport.Counts(before: before, after: after)
        let query = try BulkStatement(
            """
            SELECT kinds, count(*), CAST(sum(leads) AS BIGINT), CAST(sum(splits) AS BIGINT)
            FROM finding WHERE kinds <> 0 GROUP BY kinds
            """,
            in: db
        )
        counts.unchanged = after
        var led: Int64 = 0
        while try query.step() {
            let (kinds, count) = (query.integer(0), query.integer(1))
            counts.unchanged -= count
            led += query.integer(2)
            counts.split += query.integer(3)
            if kinds & FindingKind.merged.bit != 0 { counts.merged += count }
            if kinds & FindingKind.renamed.bit != 0 { counts.renamed += count }
            if kinds & FindingKind.identifiersChanged.bit != 0 { counts.identifiersChanged += count }
            if kinds & FindingKind.traitsChanged.bit != 0 { counts.traitsChanged += count }
            if kinds & FindingKind.eventsChanged.bit != 0 { counts.eventsChanged += count }
            if kinds & FindingKind.created.bit != 0 { counts.created += count }
        }
        // Each old person that has heirs is counted with one of them.
        counts.removed = before - counts.unchanged - led
        return counts
    }
}

extension FindingKind {
    fileprivate var bit: Int64 { 1 << Int64(Self.allCases.firstIndex(of: self) ?? 0) }
}
