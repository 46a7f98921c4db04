public import Events

/// Something that could not be handled; a record of topic `dead-letters`.
public struct DeadLetter: TopicValue, Equatable {
    /// The service that gave up on it.
    public var service: String
    /// A short constant word for the cause, such as `invalid_event`.
    public var code: String
    /// One sentence for a person.
    public var reason: String
    /// The source, destination or rule concerned.
    public var origin: String
    /// The namespace that its source's user ids are in, when it is not the usual one.
    public var userNamespace: String?
    /// The id of the event or command, when one could be read.
    public var messageID: String?
    /// Where it stood on the log, as `topic/lane@offset`, when it came from there.
    public var position: String?
    /// The topic a replay appends ``payload`` to; `nil` when a replay makes no sense.
    public var replayTopic: String?
    /// When it was given up.
    public var time: Timestamp
    /// What was refused, as text; bytes that are not UTF-8 are replaced, and what is very long is cut.
    public var payload: String
    /// The request that it goes back to, where one is known.
    public var trace: TraceContext?

    /// Creates the value from its parts.
    public init(
        service: String,
        code: String,
        reason: String,
        origin: String,
        userNamespace: String? = nil,
        messageID: String? = nil,
        position: String? = nil,
        replayTopic: String? = nil,
        time: Timestamp,
        payload: String,
        trace: TraceContext? = nil
    ) {
        self.service = service
        self.code = code
        self.reason = reason
        self.origin = origin
        self.userNamespace = userNamespace
        self.messageID = messageID
        self.position = position
        self.replayTopic = replayTopic
        self.time = time
        self.payload = payload
        self.trace = trace
    }

    /// The record key: equal keys keep their order.
    public var recordKey: String { origin }

    /// Reads the value from its JSON form.
    public init(json: JSONView) throws(TopicError) {
        service = try json.requiredString("service")
        code = try json.requiredString("code")
        reason = try json.requiredString("reason")
        origin = try json.requiredString("origin")
        userNamespace = json["userNamespace"]?.string
        messageID = json["messageId"]?.string
        position = json["position"]?.string
        replayTopic = json["replayTopic"]?.string
        time = try json.requiredTime("time")
        payload = try json.requiredString("payload")
        trace = json["trace"]?.string.flatMap { TraceContext($0) }
    }

    /// Writes the JSON form.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("service", service)
        writer.field("code", code)
        writer.field("reason", reason)
        writer.field("origin", origin)
        if let userNamespace { writer.field("userNamespace", userNamespace) }
        if let messageID { writer.field("messageId", messageID) }
        if let position { writer.field("position", position) }
        if let replayTopic { writer.field("replayTopic", replayTopic) }
        writer.field("time", time.description)
        writer.field("payload", payload)
        if let trace { writer.field("trace", trace.description) }
        writer.endObject()
    }
}
