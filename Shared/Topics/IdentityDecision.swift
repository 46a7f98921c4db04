public import Events

/// What somebody decided of two identifiers; it outranks everything that events say.
public struct IdentityDecision: Sendable, Equatable {
    /// What was decided.
    public enum Verdict: String, Sendable, CaseIterable {
        /// They are one person's.
        case together
        /// They are never one person's.
        case apart
    }

    /// Which decision it is; no other decision, correction or suppression has the same.
    public var id: String
    /// Whether they are together or apart.
    public var verdict: Verdict
    /// One of the two.
    public var left: Identifier
    /// The other one.
    public var right: Identifier
    /// Who decided, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(id: String, verdict: Verdict, left: Identifier, right: Identifier, word: Word) {
        self.id = id
        self.verdict = verdict
        self.left = left
        self.right = right
        self.word = word
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        verdict = try json.requiredChoice("verdict")
        left = try json.identifier("left")
        right = try json.identifier("right")
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("verdict", verdict.rawValue)
        writer.field("left", left.description)
        writer.field("right", right.description)
        word.writeFields(to: &writer)
    }
}
