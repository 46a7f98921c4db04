/// What a signature is made over: `{timestamp}`, `{body}`, `{method}` and `{url}` in a text stand for the request's.
///
/// The body goes in byte by byte, whatever it is; nothing is decoded. A timestamp that there is not is the empty text.
public struct SignedText: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case text(String)
        case timestamp
        case body
        case method
        case url
    }

    private let parts: [Part]

    /// Reads a template; `nil` when it names anything else, or leaves the body unsigned.
    public init?(_ template: String) {
        var parts: [Part] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            let inside = rest[rest.index(after: open)...]
            guard let close = inside.firstIndex(of: "}"), let part = Self.part(named: inside[..<close]) else {
                return nil
            }
            parts += [.text(String(rest[..<open])), part]
            rest = inside[inside.index(after: close)...]
        }
        guard parts.contains(.body) else { return nil }
        self.parts = parts + [.text(String(rest))]
    }

    private static func part(named name: Substring) -> Part? {
        switch name {
        case "timestamp": .timestamp
        case "body": .body
        case "method": .method
        case "url": .url
        default: nil
        }
    }

    /// The bytes that a request's signature is made over.
    func bytes(of request: ReceivedRequest, timestamp: String) -> [UInt8] {
        parts.flatMap { part -> [UInt8] in
            switch part {
            case .text(let text): Array(text.utf8)
            case .timestamp: Array(timestamp.utf8)
            case .body: request.body
            case .method: Array(request.method.utf8)
            case .url: Array(request.url.utf8)
            }
        }
    }
}
