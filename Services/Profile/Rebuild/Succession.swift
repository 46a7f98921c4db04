import Events
import FoundationEssentials
import Store
import Topics

/// What a new store takes over from the old one, and what it has to tell when it takes its place.
struct Succession {
    private let db: any SQLConnection

    init(to db: any SQLConnection) {
        self.db = db
    }

    /// Takes over the history and what ids lead to, and notes for the log how profiles differ from what they were.
    func take(from old: any BatchStore, after sequence: UInt64, at time: Timestamp) throws {
        try old.read { try copyHistory(from: $0) }
        try tell(after: sequence, at: time)
        // Behind what the profiles have lost now: that is newer.
        try old.read { old in
            try HeirRows.takeParts(from: old, in: db)
            try HeirRows.take(from: old, in: db)
        }
        try db.throughWholeTables { try FindingTable(db: db).clear() }
    }

    /// Ids that were handed out stay known, also those that came and went with the batches of the old store.
    ///
    /// Each store numbers sources as it meets them, so that they go by their names.
    private func copyHistory(from old: any SQLConnection) throws {
        try db.execute("DELETE FROM merge_log")
        var sources = NameTable("source")
        let insert = try BulkStatement(
            "INSERT INTO merge_log (source, \(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            in: db
        )
        let query = "SELECT (SELECT name FROM source WHERE id = m.source), \(Self.columns) FROM merge_log m ORDER BY id"
        try old.each(query, []) { row in
            let source = try (row[0] as String?).map { SQLValue.integer(try sources.id(of: $0, in: db)) }
            insert.bind(1, source ?? .null)
            for place in 1..<row.count { insert.bind(Int32(place) + 1, row.value(place)) }
            try insert.run()
            return true
        }
    }

    /// Those of a step in every store but its source.
    private static let columns =
        "id, batch, time, kind, key, former, origins, results, message_id, decision, withdrawn"

    private func tell(after sequence: UInt64, at time: Timestamp) throws {
        let table = FindingTable(db: db)
        var outbox = Outbox(after: sequence)
        var last = Int64.min
        // All of it happened together.
        let batch = try MergeLog.Entry.lastID(in: db) + 1
        var id = batch
        while case let news = try table.news(after: last, limit: 1000), let final = news.last {
            last = final.profile
            let changes = news.map { $0.change(at: time).record(at: time) }
            _ = try outbox.add(changes, to: Topic.changes, in: db)
            for story in news {
                let founder = Data(story.key.bytes)
                for key in story.lost { try HeirRows.note(Data(key.bytes), leadsTo: founder, in: db) }
                guard let entry = Self.entry(for: story, id: id, batch: batch, at: time) else { continue }
                try entry.insert(in: db)
                id += 1
            }
        }
    }

    /// What the rebuild did to a profile's identity, for its history; no one event or decision is the cause.
    private static func entry(
        for story: FindingTable.News,
        id: Int64,
        batch: Int64,
        at time: Timestamp
    ) -> MergeLog.Entry? {
        guard let kind = MergeLog.Kind(story.change, hasFormer: !story.former.isEmpty) else { return nil }
        return MergeLog.Entry(
            id: id,
            batch: batch,
            time: time,
            kind: kind,
            key: story.key,
            former: story.former,
            origins: story.origins,
            results: MergeLog.Entry.told(story.key, among: story.siblings),
            cause: nil
        )
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
