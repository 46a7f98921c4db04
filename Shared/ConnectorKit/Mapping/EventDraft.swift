import Crypto
public import Events

/// An event being written, in the terms of the Segment specification.
public struct EventDraft: Sendable {
    private let type: EventType
    private var writer = JSONWriter()

    /// Begins an event.
    public init(type: EventType) {
        self.type = type
        writer.beginObject()
        writer.field("type", type.rawValue)
    }

    /// Adds a text at the top.
    public mutating func field(_ name: String, _ text: String) {
        writer.field(name, text)
    }

    /// Adds an object at the top, unless it is empty.
    public mutating func object(_ name: String, _ members: [(String, JSONValue)]) {
        writer.object(name, members)
    }

    /// Adds the context: whom it concerns, and what it says of them.
    public mutating func context(identifiers: [(String, JSONValue)], traits: [(String, JSONValue)]) {
        writer.object("context") { writer in
            writer.object("library") { $0.field("name", "kith-connector") }
            if !identifiers.isEmpty {
                writer.objects("externalIds", of: identifiers) { identifier, writer in
                    let (namespace, value) = identifier
                    writer.field("id", value)
                    writer.field("type", namespace)
                }
            }
            writer.object("traits", traits)
        }
    }

    /// An id of what has been written so far, and a time: the same for the same content.
    func hashed(for source: String, time: Timestamp?) -> String {
        Self.id(of: [source, time?.description ?? "", String(decoding: writer.bytes, as: UTF8.self)])
    }

    /// An id of texts: 128 bits of their SHA-256 in hexadecimal.
    public static func id(of parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return Hexadecimal.encode(hash.finalize().prefix(16))
    }

    /// Ends the event; see ``SourceEvent`` for its two times.
    public consuming func event(
        messageID: String,
        name: String?,
        timestamp: Timestamp,
        originalTimestamp: Timestamp?
    ) -> SourceEvent {
        writer.field("messageId", messageID)
        writer.endObject()
        return SourceEvent(
            messageID: messageID,
            type: type,
            name: name,
            timestamp: timestamp,
            originalTimestamp: originalTimestamp,
            body: writer.bytes
        )
    }
}

extension JSONWriter {
    /// Writes a member with an object, unless that is empty.
    fileprivate mutating func object(_ name: String, _ members: [(String, JSONValue)]) {
        guard !members.isEmpty else { return }
        object(name) { writer in
            for (name, value) in members { writer.field(name, value) }
        }
    }
}
