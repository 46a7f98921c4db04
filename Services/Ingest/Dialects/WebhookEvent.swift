import Crypto
import Events

/// A JSON object from a system that knows no events, as a track event with the object as its properties.
///
/// An object that is an event by its own `type` is left to be one. The event's name and the ids are looked for under the
/// names that are usual for them.
enum WebhookEvent {
    /// The JSON text of a body of which every object is an event: the one that it is, or each one of an array.
    static func text(of body: JSONView, isKey: (String) -> Bool = KeyNames.looksLikeKey) -> [UInt8] {
        guard body.kind == .array else { return json(of: body, isKey: isKey) ?? Array(body.raw) }
        var writer = JSONWriter(capacity: body.raw.count * 2)
        writer.beginArray()
        for item in body.elements { writer.raw(json(of: item, isKey: isKey) ?? Array(item.raw)) }
        writer.endArray()
        return writer.bytes
    }

    /// The event's JSON text; `nil` when the object is an event already.
    static func json(of item: JSONView, isKey: (String) -> Bool = KeyNames.looksLikeKey) -> [UInt8]? {
        guard item.kind == .object, item.fault == nil else { return nil }
        if let type = item["type"]?.string, EventCall(type) != nil { return nil }
        var properties = Splice()
        properties.removeKeys(of: item, isKey: isKey)
        return JSONWriter.object(capacity: item.raw.count + 256) { writer in
            writer.field("type", EventType.track.rawValue)
            writer.field("event", name(of: item))
            for (key, names) in ids {
                if let value = first(names, in: item) { writer.field(key, value) }
            }
            if let id = messageID(of: item) { writer.field("messageId", id) }
            if let time = first(times, in: item) { writer.field("timestamp", time) }
            writer.key("properties")
            writer.raw(properties.applied(to: item))
            writer.object("context") { writeTraits(of: item, to: &$0) }
        }
    }

    private static let ids = [
        ("userId", ["userId", "user_id", "distinct_id", "customer_id"]),
        ("anonymousId", ["anonymousId", "anonymous_id"]),
    ]
    private static let messageIDs = ["messageId", "message_id", "event_id"]
    // What was updated was created before the update that is told of.
    private static let times = ["timestamp", "occurred_at", "updated_at", "created_at"]
    private static let names = ["event", "event_type", "type", "action", "topic"]

    private static func name(of item: JSONView) -> String {
        first(names, in: item)?.string ?? "Webhook Received"
    }

    /// The message's own id; else what is called `id`, with a hash of the content.
    ///
    /// That is most often the id of the thing that the message is about, such as an order, of which there are more messages.
    private static func messageID(of item: JSONView) -> String? {
        if let own = first(messageIDs, in: item) { return plainText(own) }
        guard let id = first(["id"], in: item).flatMap(plainText), !id.isEmpty else { return nil }
        return "\(id)-\(Hexadecimal.encode(SHA256.hash(data: Array(item.raw)).prefix(8)))"
    }

    private static func plainText(_ value: JSONView) -> String? {
        value.string ?? value.number?.text
    }

    /// An e-mail address or phone number is a person's, and also an identifier.
    private static func writeTraits(of item: JSONView, to writer: inout JSONWriter) {
        let traits = ["email", "phone"].compactMap { key in item[key]?.string.map { (key, $0) } }
        guard !traits.isEmpty else { return }
        writer.object("traits") { writer in
            for (key, text) in traits { writer.field(key, text) }
        }
        writer.objects("externalIds", of: traits) { trait, writer in
            let (type, id) = trait
            writer.field("id", id)
            writer.field("type", type)
        }
    }

    private static func first(_ names: [String], in item: JSONView) -> JSONView? {
        for name in names {
            if let value = item[name], value.kind == .string || value.kind == .number { return value }
        }
        return nil
    }
}
