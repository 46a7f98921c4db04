import Events
import Identity

/// Ann, who is to be forgotten, and the events of others.
enum ErasureSample {
    static let ann: Set<Identifier> = [
        Identifier("user", "ann"), Identifier("user", "42"), Identifier("email", "ann@example.com"),
        Identifier("phone", "+12015550123"), Identifier("anonymous", "a-ann"), Identifier("crm.contact", "c-77"),
    ]

    static func envelope(_ type: EventType, _ event: String, name: String? = nil) throws -> EventEnvelope {
        let header = EventHeader(
            source: "web",
            messageID: "m",
            type: type,
            name: name,
            timestamp: Timestamp(microseconds: 1),
            receivedAt: Timestamp(microseconds: 2)
        )
        return try EventEnvelope(decoding: header.encode(event: Array(event.utf8)))
    }
}
