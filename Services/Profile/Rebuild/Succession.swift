import Events
import GRDB
import Store
import Topics

/// What a new store takes over from the old one, and what it has to tell when it takes its place.
struct Succession {
    private let db: Database

    init(to db: Database) {
        self.db = db
    }

    /// Takes over the history of merges and splits, and notes for the log how profiles differ from what they were.
    func take(from old: Store, after sequence: UInt64, at time: Timestamp) throws {
        try old.read { try copyHistory(from: $0) }
        try tell(after: sequence, at: time)
        try FindingTable(db: db).remove()
    }

    /// Ids that were handed out stay known, also those that came and went with the batches of the old store.
    private func copyHistory(from old: Database) throws {
        try db.execute(sql: "DELETE FROM merge_log")
        let rows = try Row.fetchCursor(old, sql: "SELECT * FROM merge_log ORDER BY id")
        var insert: Statement?
        while let row = try rows.next() {
            let places = Array(repeating: "?", count: row.count).joined(separator: ", ")
            let statement = try insert ?? db.makeStatement(sql: "INSERT INTO merge_log VALUES (\(places))")
            insert = statement
            try statement.execute(arguments: StatementArguments(row.databaseValues))
        }
    }

    private func tell(after sequence: UInt64, at time: Timestamp) throws {
        let table = FindingTable(db: db)
        var outbox = Outbox(after: sequence)
        var last = Int64.min
        while case let news = try table.news(after: last, limit: 1000), let final = news.last {
            last = final.profile
            let changes = news.map { $0.change(at: time).record(at: time) }
            _ = try outbox.add(changes, to: Topic.changes, in: db)
            for story in news { try log(story, at: time) }
        }
    }

    /// Notes for the history of a profile what the rebuild did to its identity; no one event or decision is the cause.
    private func log(_ story: FindingTable.News, at time: Timestamp) throws {
        guard let kind = MergeLog.Kind(story.change, hasFormer: !story.former.isEmpty) else { return }
        let id = try MergeLog.Entry.lastID(in: db) + 1
        let entry = MergeLog.Entry(
            id: id,
            batch: id,
            time: time,
            kind: kind,
            key: story.key,
            former: story.former,
            origins: story.origins,
            results: [story.key],
            cause: nil
        )
        try entry.insert(in: db)
    }
}

extension FindingTable.News {
    fileprivate func change(at time: Timestamp) -> Change {
        Change(
            profileID: key.publicID,
            revision: revision,
            kind: change,
            formerIDs: former.map(\.publicID),
            events: [],
            time: time,
            historical: true
        )
    }
}
