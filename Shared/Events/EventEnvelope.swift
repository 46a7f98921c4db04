/// What a record of topic `events` carries: a header, and the event as it came in.
///
/// ```json
/// {"v":1,"source":"web","messageId":"m-1","type":"track","name":"Order Completed",
///  "timestamp":"2026-01-01T00:00:00.000Z","receivedAt":"2026-01-01T00:00:00.120Z","event":{"userId":"42"}}
/// ```
/// `userNamespace`, `name`, `originalTimestamp`, `sentAt` and `historical` are left out when there is nothing to say.
/// Readers ignore fields that they do not know.
public struct EventEnvelope: Sendable {
    /// The version that is written, and the only one that is read.
    static let version: Int64 = 1

    /// Everything but the event itself.
    public var header: EventHeader
    /// The event in the terms of the Segment specification.
    public var event: JSONView

    /// An envelope of its two parts.
    public init(header: EventHeader, event: JSONView) {
        self.header = header
        self.event = event
    }

    /// Reads the value of a record.
    public init(decoding bytes: [UInt8]) throws(EnvelopeError) {
        let root: JSONView
        do {
            root = try JSONDocument(bytes, limits: Self.limits).root
        } catch {
            throw .notJSON(error)
        }
        guard let version = root["v"]?.int64 else { throw .missing("v") }
        guard version == Self.version else { throw .unknownVersion(version) }
        if root["erased"]?.bool == true { throw .erased }
        guard let event = root["event"], event.kind == .object else { throw .missing("event") }
        self.event = event
        header = try EventHeader(json: root)
    }

    /// What a record has for its value once its event is forgotten; reading it throws ``EnvelopeError/erased``.
    public static let tombstone = Array(#"{"v":1,"erased":true}"#.utf8)

    /// An event with more bytes is not taken, by whatever way it comes in; only a trace of an AI may have more.
    public static let mostBytes = (4 << 20) + (64 << 10)
    /// The same, for people to read.
    public static var most: String { "\(mostBytes >> 20) MiB and \((mostBytes >> 10) & 1023) KiB" }

    /// Where an event's context lists what other systems call the person: as Segment names it, and as RudderStack does.
    public static let externalIDKeys = ["externalIds", "externalId"]

    /// How much of an event is read: wide enough for whatever was let in at the door: a record that was acknowledged must be readable.
    public static let limits = JSONLimits(depth: 256, nodes: 16_000_000)
}

// MARK: - The header's fields

extension EventEnvelope {
    /// The source that the event came from.
    public var source: String { header.source }
    /// The namespace of this source's user ids; `nil` means `user`.
    public var userNamespace: String? { header.userNamespace }
    /// The sender's id of the event.
    public var messageID: String { header.messageID }
    /// Which of the six calls it is.
    public var type: EventType { header.type }
    /// The event name of a track call, the name of a page or screen.
    public var name: String? { header.name }
    /// When it happened, corrected for the sender's clock.
    public var timestamp: Timestamp { header.timestamp }
    /// When it happened by the sender's clock.
    public var originalTimestamp: Timestamp? { header.originalTimestamp }
    /// When it was sent, by the sender's clock.
    public var sentAt: Timestamp? { header.sentAt }
    /// When it arrived, by ours.
    public var receivedAt: Timestamp { header.receivedAt }
    /// Brought in from the past: starts no journey and no message.
    public var historical: Bool { header.historical }
}

extension EventHeader {
    init(json: JSONView) throws(EnvelopeError) {
        source = try json.required("source")
        userNamespace = try json.optional("userNamespace")
        messageID = try json.required("messageId")
        let type: String = try json.required("type")
        guard let known = EventType(rawValue: type) else { throw .unknownType(type) }
        self.type = known
        name = try json.optional("name")
        guard let timestamp = try json.time("timestamp") else { throw .missing("timestamp") }
        self.timestamp = timestamp
        originalTimestamp = try json.time("originalTimestamp")
        sentAt = try json.time("sentAt")
        guard let receivedAt = try json.time("receivedAt") else { throw .missing("receivedAt") }
        self.receivedAt = receivedAt
        historical = json["historical"]?.bool ?? false
    }
}

extension JSONView {
    fileprivate func required(_ key: String) throws(EnvelopeError) -> String {
        guard let text = try optional(key) else { throw .missing(key) }
        return text
    }

    fileprivate func optional(_ key: String) throws(EnvelopeError) -> String? {
        guard let view = self[key] else { return nil }
        guard let text = view.string else { throw .wrongType(key) }
        return text
    }

    fileprivate func time(_ key: String) throws(EnvelopeError) -> Timestamp? {
        guard let view = self[key] else { return nil }
        guard let time = view.timestamp else { throw .notATime(key) }
        return time
    }
}

/// Why a record of topic `events` cannot be read.
public enum EnvelopeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The value is not JSON.
    case notJSON(JSONError)
    /// Written by a version of Kith that this one does not know.
    case unknownVersion(Int64)
    /// A field that must be there is not.
    case missing(String)
    /// A field holds something other than text.
    case wrongType(String)
    /// A field does not hold a time.
    case notATime(String)
    /// Not one of the six calls.
    case unknownType(String)
    /// The event was a person's who is forgotten: there is nothing to read, and nothing is wrong.
    case erased

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .notJSON(let error): "The record is not valid JSON: \(error)"
        case .unknownVersion(let version): "The record has version \(version); only version 1 is known."
        case .missing(let field): "The record has no field “\(field)”."
        case .wrongType(let field): "The record's field “\(field)” is not a string."
        case .notATime(let field): "The record's field “\(field)” is not a time in RFC 3339 form."
        case .unknownType(let type): "The record's type “\(type)” is not one of the six that are known."
        case .erased: "The event is erased."
        }
    }
}
