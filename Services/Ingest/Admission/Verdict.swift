import Events

/// Why one event was not taken; what is thrown while it is judged.
struct Refusal: Error, Equatable, Sendable {
    /// The constant word for a reason; part of the API, so never renamed.
    enum Code: String, Sendable, CaseIterable {
        case invalidJSON = "invalid_json"
        case notAnObject = "not_an_object"
        case missingType = "missing_type"
        case unknownType = "unknown_type"
        case missingEvent = "missing_event"
        case missingID = "missing_id"
        case illegalID = "illegal_id"
        case missingGroup = "missing_group_id"
        case missingAlias = "missing_previous_id"
        case invalidField = "invalid_field"
        case invalidMessageID = "invalid_message_id"
        case tooLarge = "event_too_large"
        case tooComplex = "event_too_complex"
        case invalidKey = "invalid_key"
        case unsupported = "unsupported_event"
    }

    var code: Code
    /// One sentence for a person.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// Something odd about an event that was taken nonetheless.
struct Warning: Equatable, Sendable {
    /// The constant word for it; part of the API, so never renamed.
    enum Code: String, Sendable, CaseIterable {
        case convertedID = "converted_id"
        case illegalID = "illegal_id"
        case convertedField = "converted_field"
        case generatedMessageID = "generated_message_id"
        case longMessageID = "long_message_id"
        case largeEvent = "large_event"
        case largeBatch = "large_batch"
        case invalidTime = "invalid_timestamp"
        case implausibleTime = "implausible_timestamp"
        case ignoredSkew = "ignored_clock_skew"
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// An event that may enter, in canonical form: all that its envelope needs but the source.
struct AdmittedEvent: Sendable {
    var type: EventType
    var name: String?
    var messageID: String
    var times: EventTimes
    var historical: Bool
    /// What the record is ordered by: the strongest id that the event has.
    var orderingKey: String
    /// The canonical event object.
    var event: ArraySlice<UInt8>
    var warnings: [Warning]

    /// The event as a record of topic `events` carries it.
    func envelope(source: String, userNamespace: String?) -> [UInt8] {
        EventHeader(
            source: source,
            userNamespace: userNamespace,
            messageID: messageID,
            type: type,
            name: name,
            timestamp: times.timestamp,
            originalTimestamp: times.original,
            sentAt: times.sentAt,
            receivedAt: times.receivedAt,
            historical: historical
        ).encode(event: event)
    }
}

/// What became of one submitted event.
enum Verdict: Sendable {
    case admitted(AdmittedEvent)
    /// With the message id, if one could be read, and the text that was refused, or as much of it as is kept.
    case refused(Refusal, messageID: String?, raw: ArraySlice<UInt8>)
}
