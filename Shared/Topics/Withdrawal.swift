import Events

/// Says that a decision, a correction or a suppression no longer holds.
public struct Withdrawal: Sendable, Equatable {
    /// What is withdrawn.
    public var id: String
    /// Who withdrew it, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(id: String, word: Word) {
        self.id = id
        self.word = word
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        word.writeFields(to: &writer)
    }
}
