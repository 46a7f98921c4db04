import Audience
import Events
import Foundation
import GRDB
import Identity

extension ProfileSnapshot {
    /// What a condition asks about a profile, and no more of it.
    init(of number: Int64, traits names: Set<String>, condition: Condition, now: Timestamp, in db: Database) throws {
        self.init(now: now)
        let row = try db.first("SELECT traits, name FROM profile WHERE id = ?", [number]) {
            ($0[0] as String, $0[1] as String)
        }
        guard let (json, name) = row else { return }
        for (key, value) in try JSONDocument(Array(json.utf8)).root.members where names.contains(key) {
            traits[key] = value.value
        }
        text = [name.foldedForSearch]
        if condition.asksAboutIdentifiers {
            identifiers = try SeenIdentifier.all(of: number, in: db).map(\.identifier)
        }
        if condition.asksAboutEvents { events = try Self.tallies(of: number, in: db) }
    }

    private static func tallies(of number: Int64, in db: Database) throws -> [String: EventTally] {
        let sql = """
            SELECT e.name, sum(t.count), min(t.first), max(t.last)
            FROM identifier i CROSS JOIN run r CROSS JOIN tally t ON t.run = r.id AND t.identifier = i.id
            JOIN event e ON e.id = t.event WHERE i.profile = ? AND e.name <> '' GROUP BY e.name
            """
        let tallies = try db.all(sql, [number]) { row -> (String, EventTally) in
            let tally = EventTally(
                count: row[1],
                first: Timestamp(microseconds: row[2]),
                last: Timestamp(microseconds: row[3])
            )
            return (row[0], tally)
        }
        return Dictionary(tallies) { $0.merged(with: $1) }
    }
}

extension Condition {
    /// The condition with its words as the full-text index has them.
    var folded: Condition {
        switch self {
        case .all(let conditions): .all(conditions.map(\.folded))
        case .any(let conditions): .any(conditions.map(\.folded))
        case .not(let condition): .not(condition.folded)
        case .text(let text): .text(text.foldedForSearch)
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

extension String {
    /// As names are indexed, and without accents, as the full-text index compares.
    var foldedForSearch: String {
        NameText.folded(self).folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
    }
}
