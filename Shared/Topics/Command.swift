public import Events

/// One thing to deliver to an outside system; a record of topic `commands`.
///
/// A command's id is made from what caused it, so the same cause never gives two deliveries.
public struct Command: TopicValue, Equatable {
    /// Unique for (rule, identifier, event); the idempotency key towards the destination.
    public var id: String
    /// The name of a configured destination.
    public var destination: String
    /// The rule that asked for it.
    public var rule: String
    /// The rules whose messages led to it, the first one first; none when it was no message that did.
    public var earlierRules: [String]
    /// Whom it is for.
    public var identifier: Identifier
    /// The event that caused it.
    public var causedBy: String
    /// What to deliver, in the destination's own terms, rendered:
    /// SMTP: `to`, `subject`, `text`, `html`; webhook: `body`.
    public var payload: JSONValue
    /// When it was made.
    public var createdAt: Timestamp
    /// Too late to be of use after this.
    public var notAfter: Timestamp
    /// The request that it goes back to, where one is known.
    public var trace: TraceContext?

    /// Creates the value from its parts.
    public init(
        id: String,
        destination: String,
        rule: String,
        earlierRules: [String] = [],
        identifier: Identifier,
        causedBy: String,
        payload: JSONValue,
        createdAt: Timestamp,
        notAfter: Timestamp,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.destination = destination
        self.rule = rule
        self.earlierRules = earlierRules
        self.identifier = identifier
        self.causedBy = causedBy
        self.payload = payload
        self.createdAt = createdAt
        self.notAfter = notAfter
        self.trace = trace
    }

    /// The record key: equal keys keep their order.
    public var recordKey: String { identifier.description }

    /// Reads the value from its JSON form.
    public init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        destination = try json.requiredString("destination")
        rule = try json.requiredString("rule")
        earlierRules = json["earlierRules"]?.elements.compactMap(\.string) ?? []
        identifier = try json.identifier("identifier")
        causedBy = try json.requiredString("causedBy")
        guard let payload = json["payload"]?.value else { throw TopicError.missing("payload") }
        self.payload = payload
        createdAt = try json.requiredTime("createdAt")
        notAfter = try json.requiredTime("notAfter")
        trace = json["trace"]?.string.flatMap { TraceContext($0) }
    }

    /// Writes the JSON form.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id)
        writer.field("destination", destination)
        writer.field("rule", rule)
        if !earlierRules.isEmpty { writer.array("earlierRules", of: earlierRules) }
        writer.field("identifier", identifier.description)
        writer.field("causedBy", causedBy)
        writer.field("payload", payload)
        writer.field("createdAt", createdAt.description)
        writer.field("notAfter", notAfter.description)
        if let trace { writer.field("trace", trace.description) }
        writer.endObject()
    }
}
