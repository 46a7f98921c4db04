public import Events
public import MessageLog

/// The names of the topics on the message log.
///
/// | topic | carries | written by | read by |
/// |---|---|---|---|
/// | `events` | ``Events/EventEnvelope`` | ingest, connector, profile, notifier | profile |
/// | `changes` | ``Change`` | profile | notifier |
/// | `commands` | ``Command`` | notifier, profile | connector |
/// | `control` | ``ControlRecord`` | profile; audit entries: connector, notifier; ``Erased``: all but kith | all |
/// | `dead-letters` | ``DeadLetter`` | all | profile |
public enum Topic {
    /// What happened, from every channel; the source of truth.
    public static let events = "events"
    /// What became of it: one record per changed profile and batch.
    public static let changes = "changes"
    /// What to deliver to an outside system.
    public static let commands = "commands"
    /// What people and programs decided by API; kept for ever.
    public static let control = "control"
    /// What could not be handled, with its reason and origin.
    public static let deadLetters = "dead-letters"

    /// Every topic, in the order data flows through them.
    public static let all = [events, changes, commands, control, deadLetters]
}

extension Topic {
    /// What a record of the topic has for its value once what it told is forgotten; reading it throws
    /// ``TopicError/erased``, and that of an event ``Events/EnvelopeError/erased``.
    public static func tombstone(of topic: String) -> [UInt8] {
        topic == events ? EventEnvelope.tombstone : Array(#"{"erased":true}"#.utf8)
    }
}

/// A value that travels on a topic as JSON; unknown fields are ignored by readers.
public protocol TopicValue: Sendable {
    /// Reads the value from its JSON form.
    init(json: JSONView) throws(TopicError)
    /// Writes the value's JSON form.
    func write(to writer: inout JSONWriter)
    /// The record key: equal keys keep their order.
    var recordKey: String { get }
    /// The request that it goes back to, where one is known.
    var trace: TraceContext? { get }
}

extension TopicValue {
    /// None is known.
    public var trace: TraceContext? { nil }

    /// Reads the value from a record's bytes: whatever was written, since what is on the log is not to be passed over.
    public init(decoding bytes: [UInt8]) throws(TopicError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, limits: EventEnvelope.limits)
        } catch {
            throw TopicError.notJSON(error)
        }
        if document.root["erased"]?.bool == true { throw .erased }
        try self.init(json: document.root)
    }

    /// The value's JSON bytes.
    public var encoded: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The value as a record for the log.
    public func record(at now: Timestamp) -> Record {
        let headers = trace.map { [$0.header] } ?? []
        return Record(key: Array(recordKey.utf8), value: encoded, headers: headers, timestamp: now.microseconds)
    }
}

/// Why a record's value is not what its topic carries.
public enum TopicError: Error, Equatable, CustomStringConvertible {
    case notJSON(JSONError)
    case missing(String)
    case invalid(String, String)
    /// The record told of a person who is forgotten: there is nothing to read, and nothing is wrong.
    case erased

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .notJSON(let error): "The record is not valid JSON: \(error)"
        case .missing(let field): "The field “\(field)” is missing or has the wrong type."
        case .invalid(let field, let value):
            "The field “\(field)” has the value “\(value)”, which is not one of those known."
        case .erased: "The record is erased."
        }
    }
}

extension JSONView {
    func requiredString(_ key: String) throws(TopicError) -> String {
        guard let text = self[key]?.string else { throw TopicError.missing(key) }
        return text
    }

    func requiredInteger(_ key: String) throws(TopicError) -> Int64 {
        guard let number = self[key]?.int64 else { throw TopicError.missing(key) }
        return number
    }

    func requiredTime(_ key: String) throws(TopicError) -> Timestamp {
        guard let time = time(key) else { throw TopicError.missing(key) }
        return time
    }

    func time(_ key: String) -> Timestamp? {
        self[key]?.string.flatMap { Timestamp($0) }
    }

    func identifier(_ key: String) throws(TopicError) -> Identifier {
        guard let identifier = Identifier(parsing: try requiredString(key)) else { throw TopicError.missing(key) }
        return identifier
    }

    /// A list of strings; an absent one is empty.
    func strings(_ name: String) throws(TopicError) -> [String] {
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

    func requiredChoice<Choice: RawRepresentable<String>>(_ key: String) throws(TopicError) -> Choice {
        let text = try requiredString(key)
        guard let choice = Choice(rawValue: text) else { throw TopicError.invalid(key, text) }
        return choice
    }
}
