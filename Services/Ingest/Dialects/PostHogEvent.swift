import Events

/// An event as PostHog clients send it, turned into the canonical form.
///
/// | PostHog | canonical |
/// |---|---|
/// | `$identify` | identify: `userId`, `anonymousId` from `$anon_distinct_id` |
/// | `$set`, `$unset`, `/engage` | identify |
/// | `$create_alias`, `$merge_dangerously` | alias |
/// | `$groupidentify` | group: `groupId`, `groupType`, traits from `$group_set` |
/// | `$pageview` / `$screen` | page / screen |
/// | anything else | track |
///
/// The properties pass through as they are. What an event sets on its person becomes `traits` (of an identify) or
/// `context.traits`. What has no place in the canonical form stands in `context.posthog`: the event's name where it became a
/// call, `setOnce` (the names of the traits that only hold if there was no value before), `unset`, and unknown `fields`.
enum PostHogEvent {
    static func admit(_ item: JSONView, of delivery: Delivery) throws(Refusal) -> AdmittedEvent {
        var call = try PostHogCall(item, of: delivery)
        let event = try call.canonical()
        return AdmittedEvent(
            type: event.type,
            name: event.name,
            messageID: call.messageID,
            times: call.times,
            historical: delivery.historical,
            orderingKey: event.orderingKey,
            event: event.bytes[...],
            warnings: call.reader.warnings
        )
    }
}

/// A PostHog event's parts.
struct PostHogCall {
    var reader: EventReader
    let event: String
    let properties: JSONView?
    /// `nil` when it is nobody's.
    let distinctID: String?
    let messageID: String
    let times: EventTimes
    let person: PostHogPerson

    init(_ item: JSONView, of delivery: Delivery) throws(Refusal) {
        var reader = try EventReader(item, of: delivery)
        let properties = try reader.object("properties")
        person = try PostHogPerson(item, properties, reader: reader)
        try reader.checkFacts([person.set, person.setOnce, person.unset])
        event = try Self.name(of: item, person: person, reader: &reader)
        let id =
            item["distinct_id"] ?? item["$distinct_id"] ?? properties?["distinct_id"] ?? properties?["$distinct_id"]
        distinctID = try reader.identifier(id, named: "distinct_id")
        messageID = try reader.messageID(item["uuid"] ?? properties?["$insert_id"])
        times = Self.times(of: item, properties, reader: &reader)
        self.properties = properties
        self.reader = reader
    }

    private static func name(
        of item: JSONView,
        person: PostHogPerson,
        reader: inout EventReader
    ) throws(Refusal) -> String {
        if let name = try reader.eventName("event") { return name }
        // `/engage` sends what to set, and no name.
        guard person.isEmpty else { return "$set" }
        throw Refusal(.missingEvent, "The event has no name in “event”.")
    }

    /// The sender may say how long ago it was instead of when.
    private static func times(of item: JSONView, _ properties: JSONView?, reader: inout EventReader) -> EventTimes {
        let delivery = reader.delivery
        let ignoresSent = properties?["$ignore_sent_at"]?.bool ?? item["options"]?["disable_skew_correction"]?.bool
        let original = reader.time(item["timestamp"] ?? properties?["timestamp"], named: "timestamp")
        if original == nil, let offset = item["offset"]?.int64, (0..<10_000_000_000_000).contains(offset) {
            return EventTimes(
                ago: offset * 1000,
                sentAt: delivery.sentAt,
                receivedAt: delivery.receivedAt,
                warnings: &reader.warnings
            )
        }
        return EventTimes(
            original: original,
            sentAt: delivery.sentAt,
            receivedAt: delivery.receivedAt,
            corrected: !delivery.historical && ignoresSent != true,
            warnings: &reader.warnings
        )
    }
}

/// What an event sets on its person.
struct PostHogPerson {
    let set: JSONView?
    let setOnce: JSONView?
    let unset: JSONView?
    /// What only holds if there was no value before: of `setOnce`, what `set` does not have.
    private let once: [(key: String, value: JSONView)]

    init(_ item: JSONView, _ properties: JSONView?, reader: EventReader) throws(Refusal) {
        set = try Self.object("$set", item, properties, reader: reader)
        setOnce = try Self.object("$set_once", item, properties, reader: reader)
        unset = properties?["$unset"] ?? item["$unset"]
        let names = Set(set?.members.map(\.key) ?? [])
        once = setOnce?.members.filter { !names.contains($0.key) } ?? []
    }

    /// Among the properties, or beside them.
    private static func object(
        _ key: String,
        _ item: JSONView,
        _ properties: JSONView?,
        reader: EventReader
    ) throws(Refusal) -> JSONView? {
        if let properties, let inner = try reader.object(key, in: properties) { return inner }
        return try reader.object(key)
    }

    var isEmpty: Bool { self.set == nil && setOnce == nil && unset == nil }

    /// The traits: what is set, and below it what is only set once.
    func writeTraits(to writer: inout JSONWriter) {
        if let set { for (key, value) in set.members { writer.field(key, value) } }
        for (key, value) in once { writer.field(key, value) }
    }

    /// The names of the traits that only hold if there was no value before.
    var onceNames: [String] { once.map(\.key) }

    /// The names of the traits that are taken away.
    var unsetNames: [String] { unset?.elements.compactMap(\.string) ?? [] }
}
