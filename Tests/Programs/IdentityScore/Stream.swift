import Events
import Glibc

/// The events of a generated stream, as `ingest` would hand them on.
struct Stream {
    /// The namespace of each source's user ids, as `Tests/Generator/calls.py` has them.
    private static let namespaces = [
        "shop": "shop.customer", "crm": "crm.contact", "email": "esp.contact", "chat": "chat.user",
    ]

    struct Event {
        var line: Int
        var envelope: EventEnvelope
    }

    private let file: UnsafeMutablePointer<FILE>
    private var lines = 0
    private var seen: Set<String> = []

    init(path: String) throws {
        guard let file = fopen(path, "r") else { throw StreamError.missing(path) }
        self.file = file
    }

    /// The next events, each once; none behind the last one.
    mutating func batch() throws -> [Event] {
        var events: [Event] = []
        while events.count < 4096, let bytes = Self.line(of: file) {
            let envelope = try Self.envelope(bytes)
            if seen.insert("\(envelope.header.source) \(envelope.header.messageID)").inserted {
                events.append(Event(line: lines, envelope: envelope))
            }
            lines += 1
        }
        return events
    }

    private static func envelope(_ bytes: [UInt8]) throws -> EventEnvelope {
        let line = try JSONDocument(bytes).root
        guard let call = line["call"], let source = line["source"]?.string else { throw StreamError.noCall }
        guard let time = call["timestamp"]?.string.flatMap({ Timestamp($0) }),
            let type = call["type"]?.string.flatMap({ EventType(rawValue: $0) })
        else { throw StreamError.noCall }
        let header = EventHeader(
            source: source,
            userNamespace: namespaces[source],
            messageID: call["messageId"]?.string ?? "",
            type: type,
            name: (call["event"] ?? call["name"])?.string,
            timestamp: time,
            receivedAt: time
        )
        return EventEnvelope(header: header, event: call)
    }

    /// The next line, without its end.
    static func line(of file: UnsafeMutablePointer<FILE>) -> [UInt8]? {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        let length = getline(&line, &capacity, file)
        defer { free(line) }
        guard length > 0, let line else { return nil }
        let bytes = UnsafeRawBufferPointer(start: line, count: length)
        return Array(bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...])
    }
}

enum StreamError: Error {
    case missing(String)
    case noCall
}
