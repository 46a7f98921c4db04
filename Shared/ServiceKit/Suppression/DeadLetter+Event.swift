public import Events
public import Topics

extension DeadLetter {
    /// The payload as the event that it may have been meant for; `nil` if it can be none.
    public var event: EventEnvelope? {
        let payload = Array(payload.utf8)
        if let envelope = try? EventEnvelope(decoding: payload) { return envelope }
        guard let root = try? JSONDocument(tolerating: payload, limits: EventEnvelope.limits).root, root.kind == .object
        else { return nil }
        let type = root["type"]?.string.flatMap { EventType(rawValue: $0) } ?? .identify
        let header = EventHeader(
            source: origin,
            userNamespace: userNamespace,
            messageID: "",
            type: type,
            timestamp: time,
            receivedAt: time
        )
        return EventEnvelope(header: header, event: root.namedByMerge ?? root.namedByPostHog ?? root)
    }
}

extension JSONView {
    /// Whom an event names that came as PostHog's clients send it, in the form of the others; `nil` of any other event.
    ///
    /// Which of its ids are a person's and which a device's is not looked into: each may be either.
    fileprivate var namedByPostHog: JSONView? {
        guard self["userId"] == nil, self["anonymousId"] == nil, self["context"] == nil else { return nil }
        let places = [self, self["properties"]].compactMap { $0 }
        guard places.contains(where: { $0["distinct_id"] != nil || $0["$distinct_id"] != nil }) else { return nil }
        let names = ["distinct_id", "$distinct_id", "$anon_distinct_id", "alias"]
        let ids = places.flatMap { place in
            names.compactMap { name -> String? in place[name]?.string ?? place[name]?.number?.text }
        }
        return naming(ids.flatMap { [("user_id", $0), ("anonymous_id", $0)] })
    }

    /// Whom RudderStack's call `merge` names, likewise; `nil` of any other event.
    fileprivate var namedByMerge: JSONView? {
        let isMerge = self["type"].map { $0.string == "merge" } ?? true
        guard isMerge, let pairs = self["mergeProperties"]?.elements else { return nil }
        let merged = pairs.compactMap { pair -> (String, String)? in
            guard let type = pair["type"]?.string, let value = pair["value"] else { return nil }
            return (value.string ?? value.number?.text).map { (type, $0) }
        }
        return merged.isEmpty ? nil : naming(merged)
    }

    /// The event as one that names some identifiers as well, by their types.
    private func naming(_ identifiers: [(String, String)]) -> JSONView? {
        let bytes = JSONWriter.object(capacity: raw.count + 256) { writer in
            // The rest stays: what it has of a person may stand anywhere.
            for (key, value) in members where key != "context" { writer.field(key, value) }
            writer.object("context") { writer in
                for (key, value) in context where key != "externalIds" { writer.field(key, value) }
                writer.objects("externalIds", of: identifiers + externalIDs) { identifier, writer in
                    let (type, id) = identifier
                    writer.field("id", id)
                    writer.field("type", type)
                }
            }
        }
        return try? JSONDocument(tolerating: bytes, limits: EventEnvelope.limits).root
    }

    private var context: [(key: String, value: JSONView)] { self["context"]?.members.map { $0 } ?? [] }

    /// The external ids of its context, by their types.
    private var externalIDs: [(String, String)] {
        let list = context.last { $0.key == "externalIds" }?.value
        return (list?.elements.map { $0 } ?? []).compactMap { external -> (String, String)? in
            guard let type = external["type"]?.string, let id = external["id"] else { return nil }
            return (id.string ?? id.number?.text).map { (type, $0) }
        }
    }
}
