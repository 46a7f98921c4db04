import Events
import GRDB
import Identity

extension ProfileView {
    /// Writes everything that the schema `Profile` has; with the rules of the traits, where each value is from as well.
    func writeWhole(
        to writer: inout JSONWriter,
        in db: Database,
        verbose rules: [String: TraitRule]? = nil
    ) throws {
        let sightings = try Sightings(of: number, in: db)
        writer.beginObject()
        writeHead(to: &writer)
        writer.key("formerIds")
        writer.beginArray()
        for id in try formerIDs(in: db) { writer.string(id) }
        writer.endArray()
        writer.field("firstSeen", firstSeen)
        writer.field("lastSeen", lastSeen)
        writer.field("eventCount", events)
        writer.key("sources")
        writer.beginArray()
        for source in sightings.sources { writer.string(source) }
        writer.endArray()
        writer.key("identifiers")
        writer.beginArray()
        for identifier in sightings.dating(try SeenIdentifier.all(of: number, in: db)) { identifier.write(to: &writer) }
        writer.endArray()
        writer.key("traits")
        try writeTraits(to: &writer, in: db, verbose: rules)
        writer.endObject()
    }

    /// Writes which profile it is, and at which of its states.
    func writeHead(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("revision", revision)
    }

    /// Writes the traits as an object.
    func writeTraits(
        to writer: inout JSONWriter,
        in db: Database,
        verbose rules: [String: TraitRule]?,
        only names: Set<String>? = nil
    ) throws {
        guard rules != nil || names != nil else { return writer.raw(traits.utf8) }
        writer.beginObject()
        if let rules {
            for trait in try TraitProvenance.all(of: number, rules: rules, in: db)
            where names?.contains(trait.name) ?? true {
                trait.write(to: &writer)
            }
        } else {
            for (name, value) in try JSONDocument(Array(traits.utf8)).root.members where names?.contains(name) ?? true {
                writer.field(name, value)
            }
        }
        writer.endObject()
    }
}
