public import Events

/// The value that somebody says a trait has; it outranks what events say until it is withdrawn.
public struct TraitCorrection: Sendable, Equatable {
    /// Which correction it is; no other decision, correction or suppression has the same.
    public var id: String
    /// Whose trait it is.
    public var identifier: Identifier
    /// The trait's name.
    public var trait: String
    /// The value as JSON; `null` says that there is none.
    public var value: String
    /// Who said so, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(id: String, identifier: Identifier, trait: String, value: String, word: Word) {
        self.id = id
        self.identifier = identifier
        self.trait = trait
        self.value = value
        self.word = word
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        identifier = try json.identifier("identifier")
        trait = try json.requiredString("trait")
        value = json["value"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "null"
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("identifier", identifier.description)
        writer.field("trait", trait)
        writer.key("value")
        writer.raw(value.utf8)
        word.writeFields(to: &writer)
    }
}
