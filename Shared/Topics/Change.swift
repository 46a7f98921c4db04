public import Events

/// What a batch of events, or a rebuild of the store, did to one profile; a record of topic `changes`.
public struct Change: TopicValue, Equatable {
    /// What became of the profile.
    public enum Kind: String, Sendable {
        /// Seen for the first time.
        case created
        case updated
        /// Took in the members of other profiles, named in ``formerIDs``.
        case merged
        /// Lost members to other profiles.
        case split
    }

    /// One event of the batch, without its body: that is on the log at ``partition`` and ``offset``.
    public struct Event: Sendable, Equatable {
        /// The sender's id of the event.
        public var messageID: String
        /// Which of the six calls it is.
        public var type: EventType
        /// The event's name, or the page's or screen's.
        public var name: String?
        /// The source that it came from.
        public var source: String
        /// When it happened.
        public var time: Timestamp
        /// The identifier that the event is anchored to.
        public var anchor: Identifier
        /// The partition, as topic/lane.
        public var partition: String
        /// The offset in the partition.
        public var offset: UInt64
        /// Starts no journey and no message: a back-fill, or older than a day when it arrived.
        public var historical: Bool

        /// Creates the value from its parts.
        public init(
            messageID: String,
            type: EventType,
            name: String?,
            source: String,
            time: Timestamp,
            anchor: Identifier,
            partition: String,
            offset: UInt64,
            historical: Bool
        ) {
            self.messageID = messageID
            self.type = type
            self.name = name
            self.source = source
            self.time = time
            self.anchor = anchor
            self.partition = partition
            self.offset = offset
            self.historical = historical
        }
    }

    /// The profile's public id.
    public var profileID: String
    /// Grows by one with every change of the profile.
    public var revision: Int64
    /// What became of the profile.
    public var kind: Kind
    /// Public ids that now lead here.
    public var formerIDs: [String]
    /// The events of the batch that belong to the profile.
    public var events: [Event]
    /// When `profile` took the batch in.
    public var time: Timestamp
    /// Starts no journey and no message: nothing happened, but a rebuild of the store sees the profile otherwise than before.
    public var historical: Bool

    /// Creates the value from its parts.
    public init(
        profileID: String,
        revision: Int64,
        kind: Kind,
        formerIDs: [String],
        events: [Event],
        time: Timestamp,
        historical: Bool = false
    ) {
        self.profileID = profileID
        self.revision = revision
        self.kind = kind
        self.formerIDs = formerIDs
        self.events = events
        self.time = time
        self.historical = historical
    }

    /// The record key: equal keys keep their order.
    public var recordKey: String { profileID }

    /// Reads the value from its JSON form.
    public init(json: JSONView) throws(TopicError) {
        profileID = try json.requiredString("profileId")
        revision = try json.requiredInteger("revision")
        kind = try json.requiredChoice("kind")
        formerIDs = json["formerIds"]?.elements.compactMap(\.string) ?? []
        time = try json.requiredTime("time")
        historical = json["historical"]?.bool ?? false
        var events: [Event] = []
        for element in json["events"]?.elements.map({ $0 }) ?? [] {
            events.append(try Event(json: element))
        }
        self.events = events
    }

    /// Writes the JSON form.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("profileId", profileID)
        writer.field("revision", revision)
        writer.field("kind", kind.rawValue)
        if !formerIDs.isEmpty { writer.array("formerIds", of: formerIDs) }
        writer.objects("events", of: events) { $0.write(to: &$1) }
        writer.field("time", time)
        if historical { writer.field("historical", true) }
        writer.endObject()
    }
}

extension Change.Event {
    init(json: JSONView) throws(TopicError) {
        messageID = try json.requiredString("messageId")
        type = try json.requiredChoice("type")
        name = json["name"]?.string
        source = try json.requiredString("source")
        time = try json.requiredTime("time")
        anchor = try json.identifier("anchor")
        partition = try json.requiredString("partition")
        offset = UInt64(clamping: try json.requiredInteger("offset"))
        historical = json["historical"]?.bool ?? false
    }

    func write(to writer: inout JSONWriter) {
        writer.field("messageId", messageID)
        writer.field("type", type.rawValue)
        if let name { writer.field("name", name) }
        writer.field("source", source)
        writer.field("time", time)
        writer.field("anchor", anchor.description)
        writer.field("partition", partition)
        writer.field("offset", Int64(clamping: offset))
        if historical { writer.field("historical", true) }
    }
}
