public import Events

/// One administrative call: who did what to which thing, and how it ended.
public struct AuditEntry: Sendable, Equatable {
    /// The id of the key that was used; never the key.
    public var actor: String
    /// Such as `keys.create`.
    public var action: String
    /// What it was done to.
    public var subject: String
    /// The HTTP status of the answer.
    public var status: Int
    /// When it happened.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(actor: String, action: String, subject: String, status: Int, time: Timestamp) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.status = status
        self.time = time
    }

    init(json: JSONView) throws(TopicError) {
        actor = try json.requiredString("actor")
        action = try json.requiredString("action")
        subject = try json.requiredString("subject")
        status = Int(try json.requiredInteger("status"))
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("actor", actor)
        writer.field("action", action)
        writer.field("subject", subject)
        writer.field("status", Int64(status))
        writer.field("at", time.description)
    }
}
