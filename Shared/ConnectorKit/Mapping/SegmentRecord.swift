public import Events

/// Records that are events already, in the terms of the Segment specification; their bytes are passed on as they are.
public enum SegmentRecord {
    /// The event that the object is.
    public static func event(_ view: JSONView, in context: Mapping.Context) throws(RecordError) -> SourceEvent {
        guard let type = view["type"]?.string.flatMap({ EventType(rawValue: $0) }) else {
            throw RecordError("invalid_event", "The record has no “type” that is one of the six calls.")
        }
        let name = view[type == .track ? "event" : "name"]?.string
        guard type != .track || name != nil else { throw RecordError("no_event", "The record names no event.") }
        guard hasIdentifier(view) else {
            throw RecordError("no_identifier", "The record has neither userId nor anonymousId nor context.externalIds.")
        }
        let time = try time(of: view)
        let text = String(decoding: view.raw, as: UTF8.self)
        let own = view["messageId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let id = own ?? context.messageID ?? EventDraft.id(of: [context.source, text])
        return SourceEvent(
            messageID: id,
            type: type,
            name: name,
            timestamp: time ?? context.time,
            originalTimestamp: time,
            body: Array(view.raw)
        )
    }

    private static func hasIdentifier(_ view: JSONView) -> Bool {
        ["userId", "anonymousId"].contains { view[$0]?.string?.isEmpty == false || view[$0]?.number != nil }
            || EventEnvelope.externalIDKeys.contains { key in
                view["context"]?[key]?.elements.contains { $0["id"] != nil && $0["type"]?.string != nil } == true
            }
    }

    private static func time(of view: JSONView) throws(RecordError) -> Timestamp? {
        guard let value = view["timestamp"] else { return nil }
        guard let time = value.string.flatMap({ Timestamp($0) }) else {
            throw RecordError("invalid_time", "The record's time cannot be read.")
        }
        return time
    }
}

extension JSONRecord {
    /// The event that the record becomes by a mapping, or that it is already when there is none.
    public func event(by mapping: Mapping?, in context: Mapping.Context) throws(RecordError) -> SourceEvent {
        guard let mapping else { return try SegmentRecord.event(view, in: context) }
        return try mapping.event(from: self, in: context)
    }
}
