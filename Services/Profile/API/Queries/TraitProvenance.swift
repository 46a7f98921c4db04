import Events
import GRDB

/// The value of one trait, and where it is from.
struct TraitProvenance: Sendable {
    let name: String
    /// JSON.
    let value: String
    let time: Timestamp
    let source: String
    let messageID: String
    let identifier: Identifier

    /// Every trait of a profile by its name: of all that was seen with its identifiers, the last by time, source and message id.
    ///
    /// A trait whose last value is null was cleared, and is left out.
    static func all(of profile: Int64, in db: Database) throws -> [TraitProvenance] {
        let sql = """
            SELECT t.name, o.value, o.time, s.name, o.message_id, n.name, i.value
            FROM identifier i CROSS JOIN observation o ON o.identifier = i.id
            JOIN trait t ON t.id = o.trait JOIN source s ON s.id = o.source JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ?
            """
        var last: [String: TraitProvenance] = [:]
        for seen in try db.all(sql, [profile], TraitProvenance.init) where last[seen.name].map(seen.isLater) ?? true {
            last[seen.name] = seen
        }
        return last.values.filter { $0.value != "null" }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private init(_ row: Row) {
        name = row[0]
        value = row[1]
        time = Timestamp(microseconds: row[2])
        source = row[3]
        messageID = row[4]
        identifier = Identifier(row[5], row[6])
    }

    private func isLater(than other: TraitProvenance) -> Bool {
        if time != other.time { return time > other.time }
        if source != other.source { return other.source.utf8.lexicographicallyPrecedes(source.utf8) }
        if messageID != other.messageID { return other.messageID.utf8.lexicographicallyPrecedes(messageID.utf8) }
        // One event, seen with several identifiers: the value is the same, and one of them must be named.
        return identifier < other.identifier
    }

    func write(to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        writer.key("value")
        writer.raw(value.utf8)
        writer.field("source", source)
        writer.field("time", time)
        writer.field("messageId", messageID)
        writer.field("identifier", identifier.description)
        writer.endObject()
    }
}
