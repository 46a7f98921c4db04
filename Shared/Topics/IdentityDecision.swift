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

/// Who decided something, why, and when.
public struct Word: Sendable, Equatable {
    /// Who: as they name themselves, or else the key that was used.
    public var author: String
    /// Why, in their own words.
    public var reason: String
    /// When.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(author: String, reason: String, time: Timestamp) {
        self.author = author
        self.reason = reason
        self.time = time
    }

    init(json: JSONView) throws(TopicError) {
        author = try json.requiredString("author")
        reason = try json.requiredString("reason")
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("author", author)
        writer.field("reason", reason)
        writer.field("at", time)
    }
}
