public import Events

/// An event as a source gives it; who runs the source adds the rest of the envelope.
public struct SourceEvent: Sendable, Equatable {
    /// The same whenever the same record is read.
    public var messageID: String
    /// Which of the six calls it is.
    public var type: EventType
    /// The event name of a track call, the name of a page or screen.
    public var name: String?
    /// When it happened.
    public var timestamp: Timestamp
    /// When it happened as the record itself has it, the same whenever it is read; `nil` when it does not say.
    ///
    /// With it an event is told from its copies for as long as it is kept, without it for seven days.
    public var originalTimestamp: Timestamp?
    /// The event in the terms of the Segment specification, as JSON.
    public var body: [UInt8]

    /// An event of its parts.
    public init(
        messageID: String,
        type: EventType,
        name: String?,
        timestamp: Timestamp,
        originalTimestamp: Timestamp?,
        body: [UInt8]
    ) {
        self.messageID = messageID
        self.type = type
        self.name = name
        self.timestamp = timestamp
        self.originalTimestamp = originalTimestamp
        self.body = body
    }
}
