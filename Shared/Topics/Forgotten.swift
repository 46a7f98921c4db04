public import Events

/// The profile store has forgotten a person, and knows which events were theirs.
///
/// From then on each instance rewrites what it has on the log.
public struct Forgotten: Sendable, Equatable {
    /// How many hashes one record has at most, so that every log takes it.
    private static let partLength = 10_000

    /// The id of the suppression.
    public var suppression: String
    /// How many events the person's timeline had.
    public var events: Int
    /// The keyed hashes of source and message id of those that do not say themselves that they are the person's, as what happened
    /// on a shared device while the person was logged in; none once the log is clean.
    public var messages: [String]
    /// The identity rules that the store went by, as a file; once the log is clean only what they make of values.
    ///
    /// `nil` where a version from before has said it, or they are too long for a record: then they are taken to be the defaults.
    public var rules: String?
    /// Whether more hashes follow in further records: nothing is to be done before the last of them is known.
    public var continues: Bool
    /// Whether it is one of several records, which have a kind of their own: a version that does not know of several passes over
    /// them, and does not take the first one for all.
    public private(set) var isPart = false
    /// When the store had forgotten.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(
        suppression: String,
        events: Int,
        messages: [String],
        rules: String? = nil,
        continues: Bool = false,
        time: Timestamp
    ) {
        self.suppression = suppression
        self.events = events
        self.messages = messages
        self.rules = rules
        self.continues = continues
        self.time = time
    }

    /// The same in as many records as it takes, which are to be written to one partition in this order.
    public var parts: [Forgotten] {
        stride(from: 0, to: max(messages.count, 1), by: Self.partLength).map { start in
            var part = self
            part.messages = Array(messages.dropFirst(start).prefix(Self.partLength))
            part.continues = start + Self.partLength < messages.count
            part.isPart = messages.count > Self.partLength
            // What holds is what the last one says.
            if part.continues { part.rules = nil }
            return part
        }
    }

    init(json: JSONView, isPart: Bool = false) throws(TopicError) {
        self.isPart = isPart
        suppression = try json.requiredString("suppression")
        events = Int(try json.requiredInteger("events"))
        messages = try json.strings("messages")
        rules = json["rules"]?.string
        continues = json["continues"]?.bool ?? false
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("suppression", suppression)
        writer.field("events", events)
        writer.array("messages", of: messages)
        if let rules { writer.field("rules", rules) }
        if continues { writer.field("continues", continues) }
        writer.field("at", time)
    }
}
