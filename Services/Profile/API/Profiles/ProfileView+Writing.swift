import Events
import Identity
import Store

extension ProfileView {
    /// Writes which profile it is, and at which of its states.
    func writeHead(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("revision", revision)
    }

    /// Writes the traits as an object; with where each is from, if that is given.
    func writeTraits(
        to writer: inout JSONWriter,
        from provenance: [TraitProvenance]? = nil,
        only names: Set<String>? = nil
    ) throws {
        guard provenance != nil || names != nil else { return writer.raw(traits.utf8) }
        writer.beginObject()
        if let provenance {
            for trait in provenance where names?.contains(trait.name) ?? true { trait.write(to: &writer) }
        } else {
            for (name, value) in try JSONDocument(traits: traits).root.members where names?.contains(name) ?? true {
                writer.field(name, value)
            }
        }
        writer.endObject()
    }
}
