import Audience
import Events
import Identity
import Store

extension ProfileSnapshot {
    /// What a condition asks about some profiles, and no more of them.
    static func all(
        of numbers: [Int64],
        for condition: Condition,
        now: Timestamp,
        in db: any SQLConnection
    ) throws -> [Int64: ProfileSnapshot] {
        let names = condition.traitNames
        let rows = try db.all("SELECT id, traits, name FROM profile WHERE id", among: numbers) { row in
            (row[0] as Int64, try ProfileSnapshot(traits: row[1], names, name: row[2], now: now))
        }
        var snapshots = Dictionary(rows) { first, _ in first }
        if condition.asksAboutIdentifiers {
            for (number, seen) in try SeenIdentifier.all(of: numbers, in: db) {
                snapshots[number]?.identifiers = seen.map(\.identifier)
            }
        }
        if condition.asksAboutEvents {
            for (number, name, tally) in try tallies(of: numbers, in: db) {
                let known = snapshots[number]?.events[name]
                snapshots[number]?.events[name] = known?.merged(with: tally) ?? tally
            }
        }
        return snapshots
    }

    private init(traits json: String, _ names: Set<String>, name: String, now: Timestamp) throws {
        self.init(now: now)
        for (key, value) in try JSONDocument(traits: json).root.members where names.contains(key) {
            traits[key] = value.value
        }
        text = [NameText.folded(name)]
    }

    private static func tallies(
        of numbers: [Int64],
        in db: any SQLConnection
    ) throws -> [(profile: Int64, name: String, tally: EventTally)] {
        let sql = SQLText(
            """
            SELECT i.profile, e.name, sum(t.count), min(t.first), max(t.last)
            FROM \(ProfileTallies.source) JOIN event e ON e.id = t.event
            WHERE \(ProfileTallies.condition) AND e.name <> '' AND i.profile
            """
        )
        return try db.all(sql, among: numbers, " GROUP BY i.profile, e.name") { row in
            let tally = EventTally(
                count: row[2],
                first: Timestamp(microseconds: row[3]),
                last: Timestamp(microseconds: row[4])
            )
            return (row[0], row[1], tally)
        }
    }
}

extension Condition {
    /// The condition with its words as the full-text index has them.
    var folded: Condition {
        switch self {
        case .all(let conditions): .all(conditions.map(\.folded))
        case .any(let conditions): .any(conditions.map(\.folded))
        case .not(let condition): .not(condition.folded)
        case .text(let text): .text(NameText.folded(text))
        case .trait, .identifier, .event: self
        }
    }

    /// The names under which the traits that it asks about may be: a path's first part, and the path itself.
    var traitNames: Set<String> {
        var names: Set<String> = []
        visit { condition in
            guard case .trait(let trait) = condition else { return }
            names.insert(trait.path)
            if let first = trait.path.split(separator: ".", omittingEmptySubsequences: false).first {
                names.insert(String(first))
            }
        }
        return names
    }

    fileprivate var asksAboutIdentifiers: Bool {
        var asks = false
        visit { if case .identifier = $0 { asks = true } }
        return asks
    }

    fileprivate var asksAboutEvents: Bool {
        var asks = false
        visit { if case .event = $0 { asks = true } }
        return asks
    }

    private func visit(_ body: (Condition) -> Void) {
        body(self)
        switch self {
        case .all(let conditions), .any(let conditions): for condition in conditions { condition.visit(body) }
        case .not(let condition): condition.visit(body)
        case .trait, .identifier, .event, .text: break
        }
    }
}
