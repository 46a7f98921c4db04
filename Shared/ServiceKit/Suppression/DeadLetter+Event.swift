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
        let header = EventHeader(source: origin, messageID: "", type: type, timestamp: time, receivedAt: time)
        return EventEnvelope(header: header, event: root)
    }
}
