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
        try reader.checkFacts(person.lists)
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
    private let sets: [JSONView]
    private let setOnces: [JSONView]
    private let unset: JSONView?
    private let always: [(key: String, value: JSONView)]
    /// What only holds if there was no value before: of `setOnces`, what `sets` do not have.
    private let once: [(key: String, value: JSONView)]

    init(_ item: JSONView, _ properties: JSONView?, reader: EventReader) throws(Refusal) {
        sets = try Self.objects("$set", item, properties, reader: reader)
        setOnces = try Self.objects("$set_once", item, properties, reader: reader)
        unset = properties?["$unset"] ?? item["$unset"]
        always = Self.united(sets, without: [])
        once = Self.united(setOnces, without: Set(always.map(\.key)))
    }

    /// The one beside the properties, and the one among them, which it outranks; the browser library uses both in one event.
    private static func objects(
        _ key: String,
        _ item: JSONView,
        _ properties: JSONView?,
        reader: EventReader
    ) throws(Refusal) -> [JSONView] {
        var objects: [JSONView] = []
        if let beside = try reader.object(key) { objects.append(beside) }
        if let properties, let among = try reader.object(key, in: properties) { objects.append(among) }
        return objects
    }

    /// The members of all objects but those of some names; of several of a name the first.
    private static func united(
        _ objects: [JSONView],
        without names: Set<String>
    ) -> [(key: String, value: JSONView)] {
        var seen = names
        var members: [(key: String, value: JSONView)] = []
        for object in objects {
            for (key, value) in object.members where seen.insert(key).inserted { members.append((key, value)) }
        }
        return members
    }

    var isEmpty: Bool { sets.isEmpty && setOnces.isEmpty && unset == nil }

    /// What has the names, of which there may not be too many.
    var lists: [JSONView?] {
        let objects: [JSONView?] = sets + setOnces
        return objects + [unset]
    }

    /// The traits: what is set, and below it what is only set once.
    func writeTraits(to writer: inout JSONWriter) {
        for (key, value) in always { writer.field(key, value) }
        for (key, value) in once { writer.field(key, value) }
    }

    /// The names of the traits that only hold if there was no value before.
    var onceNames: [String] { once.map(\.key) }

    /// The names of the traits that are taken away.
    var unsetNames: [String] { unset?.elements.compactMap(\.string) ?? [] }
}
