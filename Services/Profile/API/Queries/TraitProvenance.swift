import Events
import Identity
import Store

/// The value of one trait, and where it is from.
struct TraitProvenance: Sendable {
    let name: String
    /// JSON.
    let value: String
    let time: Timestamp
    let source: String
    let messageID: String
    let identifier: Identifier

    /// Every trait of a profile by its name, with the value that counts by its rule.
    ///
    /// A trait that was cleared is left out.
    static func all(
        of profile: Int64,
        rules: [String: TraitRule],
        in db: any SQLConnection
    ) throws -> [TraitProvenance] {
        var fold = TraitFold(rules)
        var witnesses: [Witness: Identifier] = [:]
        for seen in try seen(of: profile, in: db) {
            fold.add(seen.value, for: seen.trait)
            note(seen.identifier, for: Witness(seen.trait, seen.value), in: &witnesses)
        }
        for word in try corrections(of: profile, in: db) {
            fold.add(word.value, for: word.trait)
            note(word.identifier, for: Witness(word.trait, word.value), in: &witnesses)
        }
        return fold.traits.compactMap { name, seen in
            witnesses[Witness(name, seen)].map { TraitProvenance(name, seen, $0) }
        }
    }

    /// One event, seen with several identifiers: the value is the same, and one of them must be named.
    private static func note(_ identifier: Identifier, for witness: Witness, in witnesses: inout [Witness: Identifier])
    {
        witnesses[witness] = min(witnesses[witness] ?? identifier, identifier)
    }

    private static func seen(
        of profile: Int64,
        in db: any SQLConnection
    ) throws -> [(trait: String, value: SeenValue, identifier: Identifier)] {
        let sql = """
            SELECT t.name, o.value, o.time, s.name, o.message_id, n.name, i.value
            FROM identifier i CROSS JOIN observation o
            JOIN trait t ON t.id = o.trait JOIN source s ON s.id = o.source JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ? AND o.identifier = i.id
            """
        return try db.all(sql, [profile]) { row in
            let value = SeenValue(value: row[1], rank: row[2], source: row[3], messageID: row[4])
            return (row[0], value, Identifier(row[5], row[6]))
        }
    }

    private static func corrections(
        of profile: Int64,
        in db: any SQLConnection
    ) throws -> [(trait: String, value: Correction, identifier: Identifier)] {
        let sql = """
            SELECT c.trait, c.value, c.time, c.id, n.name, i.value
            FROM identifier i CROSS JOIN correction c JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ? AND c.key = i.key
            """
        return try db.all(sql, [profile]) { row in
            let word = Correction(value: row[1], time: Timestamp(microseconds: row[2]), id: row[3])
            return (row[0], word, Identifier(row[4], row[5]))
        }
    }

    private init(_ name: String, _ seen: SeenValue, _ identifier: Identifier) {
        self.name = name
        value = seen.value
        time = seen.time
        source = seen.source
        messageID = seen.messageID
        self.identifier = identifier
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

/// What a trait's value came with: by this it is found again among those that were seen.
private struct Witness: Hashable {
    var trait: String
    var time: Timestamp
    var source: String
    var messageID: String

    init(_ trait: String, _ seen: SeenValue) {
        self.trait = trait
        time = seen.time
        source = seen.source
        messageID = seen.messageID
    }

    init(_ trait: String, _ word: Correction) {
        self.trait = trait
        time = word.time
        source = Correction.source
        messageID = word.id
    }
}
