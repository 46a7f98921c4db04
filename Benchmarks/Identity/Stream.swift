import Events
import Glibc

/// The events of a generated stream, as `ingest` would hand them on.
struct Stream {
    /// The namespace of each source's user ids; ``Generator`` says so in `calls.py`.
    private static let namespaces = [
        "shop": "shop.customer", "crm": "crm.contact", "email": "esp.contact", "chat": "chat.user",
    ]

    private let file: UnsafeMutablePointer<FILE>

    init(path: String) throws {
        guard let file = fopen(path, "r") else { throw StreamError.missing(path) }
        self.file = file
    }

    /// The next event; `nil` behind the last one, after which nothing may be asked.
    mutating func next() throws -> EventEnvelope? {
        guard let bytes = Self.line(of: file) else {
            fclose(file)
            return nil
        }
        let line = try JSONDocument(bytes).root
        guard let call = line["call"], let source = line["source"]?.string else { throw StreamError.noCall }
        guard let time = call["timestamp"]?.string.flatMap({ Timestamp($0) }),
            let type = call["type"]?.string.flatMap({ EventType(rawValue: $0) })
        else { throw StreamError.noCall }
        let header = EventHeader(
            source: source,
            userNamespace: Self.namespaces[source],
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
