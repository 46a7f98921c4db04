import Events
import FoundationEssentials
import Store

/// The merges, splits and renamings by which a profile came to be what it is, the newest first.
///
/// Where it was made of several profiles, or out of another one, theirs from before that time belong to it as well.
struct ProfileHistory {
    /// One of them, as ``Schema/mergeLog`` has it.
    struct Entry {
        let id: Int64
        fileprivate let batch: Int64
        fileprivate let key: Data
        let time: Timestamp
        let kind: String
        /// The ids of the profiles concerned, before and after.
        let before: [String]
        let after: [String]
        let cause: Cause?
        /// Whether it is that the decision which is the cause holds no longer.
        fileprivate let isWithdrawn: Bool
        fileprivate let origins: [Data]
    }

    /// The next step on each of the ways back, by the key that the profile had there.
    private var open: [Data: Entry] = [:]
    private let db: any SQLConnection

    init(of profile: ProfileView, in db: any SQLConnection) throws {
        self.db = db
        guard let key = PublicID.key(of: profile.id) else { return }
        open[key] = try Self.last(of: key, before: .max, in: db)
    }

    /// The entries that come before another one, at most so many.
    mutating func entries(before last: Int64?, limit: Int) throws -> [Entry] {
        var entries: [Entry] = []
        while entries.count < limit, let entry = try next() {
            if last.map({ entry.id < $0 }) ?? true { entries.append(entry) }
        }
        return entries
    }

    private mutating func next() throws -> Entry? {
        guard let entry = open.values.max(by: { $0.id < $1.id }) else { return nil }
        // What happened together with it stands under other keys as well.
        open[entry.key] = try Self.last(of: entry.key, before: entry.batch, in: db)
        for key in entry.origins where open[key] == nil {
            open[key] = try Self.last(of: key, before: entry.batch, in: db)
        }
        return entry
    }

    private static func last(of key: Data, before batch: Int64, in db: any SQLConnection) throws -> Entry? {
        let sql = """
            SELECT m.id, m.batch, m.key, m.time, m.kind, m.origins, m.results, s.name, m.message_id, m.decision,
                m.withdrawn
            FROM merge_log m LEFT JOIN source s ON s.id = m.source WHERE m.key = ? AND m.id < ?
            ORDER BY m.id DESC LIMIT 1
            """
        return try db.first(sql, [key, batch], Entry.init)
    }
}

extension ProfileHistory.Entry {
    fileprivate init(_ row: SQLRow) {
        id = row[0]
        batch = row[1]
        key = row[2]
        time = Timestamp(microseconds: row[3])
        kind = row[4]
        origins = PublicID.keys(in: row[5])
        before = origins.map { PublicID.text(of: $0) }
        after = PublicID.keys(in: row[6]).map { PublicID.text(of: $0) }
        cause = Self.cause(source: row[7], messageID: row[8], decision: row[9])
        isWithdrawn = row[10]
    }

    private static func cause(source: String?, messageID: String?, decision: String?) -> Cause? {
        if let decision { return .decision(decision) }
        guard let source, let messageID else { return nil }
        return .event(source: source, messageID: messageID)
    }

    /// Whether a decision is the cause.
    var isDecided: Bool {
        if case .decision? = cause { true } else { false }
    }

    /// - Parameters:
    ///   - telling: Whether the cause is told, which may be somebody else's event.
    ///   - decisions: By which it is known who made a decision, or took it back, and why.
    func write(to writer: inout JSONWriter, telling: Bool = true, by decisions: ToldDecisions? = nil) {
        writer.beginObject()
        writer.field("time", time)
        writer.field("kind", kind)
        for (name, ids) in [("before", before), ("after", after)] { writer.array(name, of: ids) }
        if telling, let cause {
            writer.key("cause")
            write(cause, by: decisions, to: &writer)
        }
        writer.endObject()
    }

    private func write(_ cause: Cause, by decisions: ToldDecisions?, to writer: inout JSONWriter) {
        writer.beginObject()
        switch cause {
        case .event(let source, let messageID):
            writer.field("source", source)
            writer.field("messageId", messageID)
        case .decision(let id):
            writer.field("decision", id)
            if isWithdrawn { writer.field("withdrawn", true) }
            decisions?.word(on: id, isWithdrawn: isWithdrawn)?.writePublicFields(to: &writer)
        }
        writer.endObject()
    }
}
