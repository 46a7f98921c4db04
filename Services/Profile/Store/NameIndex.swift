import Identity
import Store

/// SQLite's index for search by name; PostgreSQL's follows the rows by itself.
///
/// It keeps no text of its own, and must be told what to forget.
struct NameIndex {
    private let forget: BulkStatement
    private let learn: BulkStatement

    init(in db: any SQLConnection) throws {
        forget = try BulkStatement(
            "INSERT INTO profile_name (profile_name, rowid, name) VALUES ('delete', ?, ?)",
            in: db
        )
        learn = try BulkStatement("INSERT INTO profile_name (rowid, name) VALUES (?, ?)", in: db)
    }

    /// Has another name for a profile; an empty one is none.
    func change(_ profile: Int64, from old: String, to new: String) throws {
        guard !old.utf8.elementsEqual(new.utf8) else { return }
        for (statement, name) in [(forget, old), (learn, new)] where !name.isEmpty {
            statement.bind(1, profile)
            statement.bind(2, name)
            try statement.run()
        }
    }
}

/// Names for search that a version before has written, which folded them less than `NameText` does.
enum FormerNames {
    private typealias Named = (profile: Int64, name: String)

    private static let most = 1000

    /// Folds them anew: whoever looks for one of them does so in the present form.
    static func fold(in db: any SQLConnection) throws {
        var last = Int64.min
        while case let page = try names(after: last, in: db), let end = page.last {
            last = end.profile
            for (profile, name) in page { try fold(name, of: profile, in: db) }
        }
    }

    private static func names(after last: Int64, in db: any SQLConnection) throws -> [Named] {
        let isSpecial = db.dialect == .sqlite ? "name GLOB '*[^ -~]*'" : "name ~ '[^ -~]'"
        let query = try BulkStatement(
            "SELECT id, name FROM profile WHERE id > ? AND \(isSpecial) ORDER BY id LIMIT \(most)",
            in: db
        )
        query.bind(1, last)
        var names: [Named] = []
        while try query.step() { names.append((query.integer(0), query.text(1))) }
        return names
    }

    private static func fold(_ name: String, of profile: Int64, in db: any SQLConnection) throws {
        let folded = NameText.folded(name)
        guard !folded.utf8.elementsEqual(name.utf8) else { return }
        let update = try BulkStatement("UPDATE profile SET name = ?2 WHERE id = ?1", in: db)
        update.bind(1, profile)
        update.bind(2, folded)
        try update.run()
        if db.dialect == .sqlite { try NameIndex(in: db).change(profile, from: name, to: folded) }
    }
}
