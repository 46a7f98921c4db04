public import Events

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
