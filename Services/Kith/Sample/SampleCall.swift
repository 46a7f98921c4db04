import Events

/// One Segment call of the sample.
struct SampleCall: Sendable {
    var type: EventType
    var time: Timestamp
    var id: String
    var name: String?
    var user: String?
    var anonymous: String?
    var identifiers: [Identifier] = []
    var traits: [String: JSONValue] = [:]
    var properties: [String: JSONValue] = [:]

    init(type: EventType, time: Timestamp, id: String, _ fill: (inout SampleCall) -> Void) {
        self.type = type
        self.time = time
        self.id = id
        fill(&self)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("type", type.rawValue)
        writer.field("messageId", "sample-\(id)")
        writer.field("timestamp", time.description)
        if let name { writer.field(type == .track ? "event" : "name", name) }
        if let user { writer.field("userId", user) }
        if let anonymous { writer.field("anonymousId", anonymous) }
        if !traits.isEmpty { writer.field("traits", JSONValue.object(traits)) }
        if !properties.isEmpty { writer.field("properties", JSONValue.object(properties)) }
        if !identifiers.isEmpty { writer.field("context", context) }
        writer.endObject()
    }

    private var context: JSONValue {
        ["externalIds": .array(identifiers.map { ["id": .string($0.value), "type": .string($0.namespace)] })]
    }
}

extension [SampleCall] {
    /// The calls, one on each line.
    var lines: String {
        map { call in
            var writer = JSONWriter()
            call.write(to: &writer)
            return String(decoding: writer.bytes, as: UTF8.self) + "\n"
        }.joined()
    }
}

extension Timestamp {
    func advanced(seconds: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + seconds * 1_000_000)
    }
}
