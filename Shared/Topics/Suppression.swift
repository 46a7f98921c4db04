public import Events

/// A person is to be forgotten, and not to be known again until this is withdrawn.
///
/// It holds for events received at any time before it is withdrawn. The identifiers themselves stand in it only until everything that
/// the log has of the person is gone; then its hashes alone remain.
public struct Suppression: Sendable, Equatable {
    /// Which suppression it is; no other decision, correction or suppression has the same.
    public var id: String
    /// The keyed hashes of the person's identifiers, in lower-case hexadecimal.
    public var hashes: [String]
    /// The same of mailboxes that the person's mail addresses are other spellings of; they count by rules that fold mailboxes.
    public var foldedHashes: [String]
    /// The person's identifiers; none once the log is clean.
    public var identifiers: [Identifier]
    /// The ids that the person's profile had; none once the log is clean.
    public var profileIDs: [String]
    /// Whether it is about an address alone, which several people have: whoever has it is not to be forgotten with it.
    public var isAlone: Bool
    /// Who asked for it, and why, and when.
    public var word: Word

    /// Creates the value from its parts.
    public init(
        id: String,
        hashes: [String],
        foldedHashes: [String] = [],
        identifiers: [Identifier],
        profileIDs: [String],
        isAlone: Bool = false,
        word: Word
    ) {
        self.id = id
        self.hashes = hashes
        self.foldedHashes = foldedHashes
        self.identifiers = identifiers
        self.profileIDs = profileIDs
        self.isAlone = isAlone
        self.word = word
    }

    /// What two records of one suppression say together: more may be found to be the person's before the person is forgotten.
    func joined(with other: Suppression) -> Suppression {
        var all = word.time <= other.word.time ? self : other
        all.hashes = Set(hashes + other.hashes).sorted()
        all.foldedHashes = Set(foldedHashes + other.foldedHashes).sorted()
        all.identifiers = Set(identifiers + other.identifiers).sorted()
        all.profileIDs = Set(profileIDs + other.profileIDs).sorted()
        return all
    }

    init(json: JSONView) throws(TopicError) {
        id = try json.requiredString("id")
        hashes = try json.strings("hashes")
        foldedHashes = try json.strings("foldedHashes")
        identifiers = []
        for text in try json.strings("identifiers") {
            guard let identifier = Identifier(parsing: text) else { throw .invalid("identifiers", text) }
            identifiers.append(identifier)
        }
        profileIDs = try json.strings("profileIds")
        isAlone = json["alone"]?.bool ?? false
        word = try Word(json: json)
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("hashes", hashes)
        if !foldedHashes.isEmpty { writer.field("foldedHashes", foldedHashes) }
        writer.field("identifiers", identifiers.map(\.description))
        writer.field("profileIds", profileIDs)
        if isAlone { writer.field("alone", isAlone) }
        word.writeFields(to: &writer)
    }
}

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
        writer.field("messages", messages)
        if let rules { writer.field("rules", rules) }
        if continues { writer.field("continues", continues) }
        writer.field("at", time)
    }
}

/// One instance has nothing more of a person: not in its partitions of the log, and not in its store.
public struct Erased: Sendable, Equatable {
    /// The id of the suppression.
    public var suppression: String
    /// The instance whose partitions they are.
    public var instance: String
    /// How many records were rewritten, by topic.
    public var records: [String: Int]
    /// When it was done.
    public var time: Timestamp

    /// Creates the value from its parts.
    public init(suppression: String, instance: String, records: [String: Int], time: Timestamp) {
        self.suppression = suppression
        self.instance = instance
        self.records = records
        self.time = time
    }

    init(json: JSONView) throws(TopicError) {
        suppression = try json.requiredString("suppression")
        instance = try json.requiredString("instance")
        records = [:]
        if let members = json["records"]?.members {
            for (topic, count) in members { records[topic] = count.int64.flatMap { Int(exactly: $0) } }
        }
        time = try json.requiredTime("at")
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("suppression", suppression)
        writer.field("instance", instance)
        writer.object("records") { writer in
            for (topic, count) in records.sorted(by: { $0.key < $1.key }) { writer.field(topic, count) }
        }
        writer.field("at", time)
    }
}

extension JSONView {
    /// A list of strings; an absent one is empty.
    fileprivate func strings(_ name: String) throws(TopicError) -> [String] {
        guard let elements = self[name]?.elements else { return [] }
        var strings: [String] = []
        for element in elements {
            guard let string = element.string else {
                throw .invalid(name, String(decoding: element.raw, as: UTF8.self))
            }
            strings.append(string)
        }
        return strings
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, _ strings: [String]) { array(name, of: strings) }
}
