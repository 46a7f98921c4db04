import Events

/// An event as Segment and RudderStack clients send it, which is the canonical form: its bytes pass through.
///
/// Only what could not be read later is changed: a number where an id belongs, an id that is nobody's, a write key.
enum SegmentEvent {
    private static let contextLists = ["traits"] + EventEnvelope.externalIDKeys

    /// Judges one event; `call` is what the path says it is, for bodies without a `type`.
    static func admit(_ item: JSONView, call: EventCall?, of delivery: Delivery) throws(Refusal) -> AdmittedEvent {
        var reader = try EventReader(item, of: delivery)
        let call = try reader.call(orElse: call)
        let context = try reader.object("context")
        try reader.checkFacts(
            [item["traits"]] + contextLists.map { context?[$0] ?? delivery.context?[$0] }
        )
        if case .merge = call { return try RudderMerge.admit(reader, context: context) }
        guard case .event(let type) = call else { throw Refusal(.unknownType, "This call is not known.") }
        for key in ["properties", "traits"] { _ = try reader.object(key) }
        reader.removeEmptyLists(["properties", "traits", "context"])
        let key = try reader.identity(of: type, context: context)
        let name = try reader.name(of: type)
        let messageID = try reader.messageID(item["messageId"])
        let times = reader.segmentTimes()
        reader.splice.removeKeys(of: item, isKey: delivery.isKey)
        reader.addDefaults(context: context)
        return AdmittedEvent(
            type: type,
            name: name,
            messageID: messageID,
            times: times,
            historical: delivery.historical,
            orderingKey: key,
            event: reader.splice.applied(to: item),
            warnings: reader.warnings
        )
    }
}

extension EventReader {
    fileprivate func call(orElse call: EventCall?) throws(Refusal) -> EventCall {
        let view = item["type"]
        let own = view?.string.flatMap { EventCall($0) }
        // The path outranks the body, as Segment's own endpoints do not read the type; in a batch each event says its own.
        if let call { return delivery.isBatch ? own ?? call : call }
        guard view != nil else { throw Refusal(.missingType, "The event has no “type”.") }
        guard let own else {
            throw Refusal(.unknownType, "The “type” must be identify, track, page, screen, group or alias.")
        }
        return own
    }

    /// Reads the ids that the type needs; gives the one that orders the record.
    fileprivate mutating func identity(of type: EventType, context: JSONView?) throws(Refusal) -> String {
        let user = try identifier(item["userId"], named: "userId")
        let anonymous = try identifier(item["anonymousId"], named: "anonymousId")
        guard let key = user ?? anonymous ?? externalID(in: context) else { throw anonymousRefusal }
        if type == .group, try identifier(item["groupId"], named: "groupId") == nil {
            throw Refusal(.missingGroup, "A group call needs a groupId.")
        }
        if type == .alias, try identifier(item["previousId"], named: "previousId") == nil {
            throw Refusal(.missingAlias, "An alias call needs a previousId.")
        }
        return key
    }

    fileprivate mutating func name(of type: EventType) throws(Refusal) -> String? {
        switch type {
        case .track:
            guard let name = try eventName("event") else {
                throw Refusal(.missingEvent, "A track call needs the name of its event in “event”.")
            }
            return name
        case .page: return try eventName("name")
        case .screen: return try eventName("name") ?? screenName
        case .identify, .group, .alias: return nil
        }
    }

    /// What RudderStack's libraries for apps call a screen, in “event” in place of “name”; nothing if that is too long.
    private var screenName: String? {
        guard let name = item["event"]?.string else { return nil }
        return (1...delivery.limits.nameBytes).contains(name.utf8.count) ? name : nil
    }

    /// RudderStack's browser library calls the sender's time `originalTimestamp`; where both are given, that one is meant.
    mutating func segmentTimes() -> EventTimes {
        let original =
            time(item["originalTimestamp"], named: "originalTimestamp") ?? time(item["timestamp"], named: "timestamp")
        let sentAt = delivery.sentAt ?? time(item["sentAt"], named: "sentAt")
        return EventTimes(
            original: original,
            sentAt: sentAt,
            receivedAt: delivery.receivedAt,
            corrected: !delivery.historical,
            warnings: &warnings
        )
    }

    /// Adds what the batch says for all its events; the event's own word comes first, and external ids that are given before both.
    mutating func addDefaults(context: JSONView?, externalIDs: [UInt8]? = nil) {
        if let integrations = delivery.integrations, item["integrations"] == nil {
            splice.set("integrations", of: item, to: integrations.raw)
        }
        guard let basis = context ?? delivery.context else {
            if let externalIDs {
                splice.set("context", of: item, to: Array("{\"externalIds\":".utf8) + externalIDs + Array("}".utf8))
            }
            return
        }
        var merged = Splice()
        if let context {
            addShared(to: &merged, of: context, besides: externalIDs == nil ? [] : EventEnvelope.externalIDKeys)
        }
        if let externalIDs {
            if let others = basis["externalId"] { merged.remove(others) }
            merged.set("externalIds", of: basis, to: externalIDs)
        }
        if context == nil {
            splice.set("context", of: item, to: merged.applied(to: basis))
        } else if !merged.isEmpty {
            splice.replace(basis, with: Array(merged.applied(to: basis)))
        }
    }

    private func addShared(to merged: inout Splice, of context: JSONView, besides given: [String]) {
        guard let shared = delivery.context else { return }
        // Looked up and not searched for: either may have as many members as a whole event.
        let own = Dictionary(context.members.map { ($0.key, $0.value) }) { first, _ in first }
        for (key, value) in shared.members where !given.contains(key) && own[key]?.isNull != false && !value.isNull {
            // An explicit null counts as absent, but its key must not be there twice.
            if let null = own[key] { merged.replace(null, with: Array(value.raw)) } else { merged.add(key, value.raw) }
        }
    }
}
