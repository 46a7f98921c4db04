/// What Kith knows about an event besides the event itself.
public struct EventHeader: Sendable, Hashable {
    /// The source that the event came from.
    public var source: String
    /// The namespace of this source's user ids; `nil` means `user`.
    public var userNamespace: String?
    /// The sender's id of the event; the same for every copy of it.
    public var messageID: String
    /// Which of the six calls it is.
    public var type: EventType
    /// The event name of a track call, the name of a page or screen.
    public var name: String?
    /// When it happened, corrected for the sender's clock.
    public var timestamp: Timestamp
    /// When it happened by the sender's clock.
    public var originalTimestamp: Timestamp?
    /// When it was sent, by the sender's clock.
    public var sentAt: Timestamp?
    /// When it arrived, by ours.
    public var receivedAt: Timestamp
    /// Brought in from the past: starts no journey and no message.
    public var historical: Bool

    /// A header of its fields.
    public init(
        source: String,
        userNamespace: String? = nil,
        messageID: String,
        type: EventType,
        name: String? = nil,
        timestamp: Timestamp,
        originalTimestamp: Timestamp? = nil,
        sentAt: Timestamp? = nil,
        receivedAt: Timestamp,
        historical: Bool = false
    ) {
        self.source = source
        self.userNamespace = userNamespace
        self.messageID = messageID
        self.type = type
        self.name = name
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.historical = historical
    }

    /// The value of a record of topic `events`: this header, and the event's bytes as they are.
    @inlinable
    public func encode(event raw: some Collection<UInt8>) -> [UInt8] {
        var writer = JSONWriter(capacity: raw.count + 512)
        begin(&writer)
        writer.raw(raw)
        writer.endObject()
        return writer.bytes
    }

    /// Writes everything up to the event.
    @usableFromInline
    func begin(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("v", EventEnvelope.version)
        writer.field("source", source)
        if let userNamespace { writer.field("userNamespace", userNamespace) }
        writer.field("messageId", messageID)
        writer.field("type", type.rawValue)
        if let name { writer.field("name", name) }
        writer.field("timestamp", timestamp)
        if let originalTimestamp { writer.field("originalTimestamp", originalTimestamp) }
        if let sentAt { writer.field("sentAt", sentAt) }
        writer.field("receivedAt", receivedAt)
        if historical { writer.field("historical", true) }
        writer.key("event")
    }
}
