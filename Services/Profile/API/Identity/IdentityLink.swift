import Events
import Identity
import Store

/// What speaks for two identifiers being one person's, as the API tells of it.
struct IdentityLink {
    /// An identifier, or, of a divided device, what is one login's of it.
    struct End {
        var identifier: Identifier
        var login: Identifier?
    }

    enum Tie {
        case evidence(Component.Evidence)
        case decision(DecisionWords)
        /// Both are times on the same device.
        case device
    }

    var from: End
    var to: End
    var tie: Tie
    /// Why it was not followed; `nil` where it was.
    var rejection: Rejection?

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("from", from.identifier.description)
        if let login = from.login { writer.field("fromLogin", login.description) }
        writer.field("to", to.identifier.description)
        if let login = to.login { writer.field("toLogin", login.description) }
        switch tie {
        case .evidence(let evidence): evidence.writeFields(to: &writer)
        case .decision(let words):
            writer.field("kind", "decided")
            words.writeFields(to: &writer)
        case .device: writer.field("kind", "device")
        }
        if let rejection {
            writer.key("rejected")
            rejection.write(to: &writer)
        }
        writer.endObject()
    }
}

extension Component.Evidence {
    fileprivate func writeFields(to writer: inout JSONWriter) {
        writer.field("kind", strength.kind)
        writer.field("strength", strength.weight)
        writer.field("source", source)
        writer.field("messageId", messageID)
        writer.field("time", time)
    }
}

extension Strength {
    /// How the event named the two identifiers together, in a word.
    fileprivate var kind: String {
        switch value % 100 {
        case 40...: "aliased"
        case 30...: "identified"
        case 20...: "carried"
        default: "mentioned"
        }
    }
}

/// A decision with what whoever made it said.
struct DecisionWords {
    let id: String
    let author: String
    let reason: String
    let time: Timestamp

    /// Reads a decision; `nil` when it was taken back.
    init?(_ id: String, in db: any SQLConnection) throws {
        let sql = "SELECT id, author, reason, time FROM decision WHERE id = ?"
        guard let words = try db.first(sql, [id], DecisionWords.init) else { return nil }
        self = words
    }

    private init(_ row: SQLRow) {
        id = row[0]
        author = row[1]
        reason = row[2]
        time = Timestamp(microseconds: row[3])
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("decision", id)
        writer.field("author", author)
        writer.field("reason", reason)
        writer.field("time", time)
    }
}
