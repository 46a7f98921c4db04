import Events
import ServiceKit

/// Gets the JSON text out of what clients wrap it in: compression, forms, Base64.
struct Unpacking {
    /// `Content-Encoding`, in lower case.
    var contentEncoding: String?
    var limits: Limits

    /// Why there is no text to be had.
    enum Failure: Error, Equatable {
        case unsupportedEncoding(String)
        case damaged(String)
        case tooLarge
    }

    /// The JSON text in a body; the body itself when it is not wrapped.
    func text(of body: [UInt8]) throws(Failure) -> [UInt8] {
        switch contentEncoding {
        case nil, "", "identity": return try unwrapped(body, of: .all)
        case "gzip", "x-gzip", "deflate": return try unwrapped(inflated(body), of: .all.without(.compression))
        case let other?: throw .unsupportedEncoding(other)
        }
    }

    /// The JSON text in a query's or a form's `data`.
    func text(ofData data: String) throws(Failure) -> [UInt8] {
        try unwrapped(Array(data.utf8), of: .all.without(.form))
    }

    private func unwrapped(_ bytes: [UInt8], of wrappings: Wrappings) throws(Failure) -> [UInt8] {
        if Self.looksLikeJSON(bytes) { return bytes }
        if Self.isGzip(bytes) {
            let rest = try wrappings.without(.compression)
            return try unwrapped(inflated(bytes), of: rest)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        if Self.isForm(bytes) {
            let rest = try wrappings.without(.form)
            if let data = Query(String(decoding: bytes, as: UTF8.self))["data"] {
                return try unwrapped(Array(data.utf8), of: rest)
            }
        }
        if let decoded = Self.base64(bytes) { return try unwrapped(decoded, of: wrappings.without(.base64)) }
        return bytes
    }

    private func inflated(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        do throws(GunzipError) {
            return try gunzip(bytes, limit: limits.bodyBytes)
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge
            case .damaged: throw .damaged(error.description)
            }
        }
    }

    private static func looksLikeJSON(_ bytes: [UInt8]) -> Bool {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    private static func isGzip(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x1F, 0x8B])
    }

    /// Whether it is a form with `data`; forms are short on names, so the name stands near the beginning.
    private static func isForm(_ bytes: [UInt8]) -> Bool {
        let beginning = String(decoding: bytes.prefix(256), as: UTF8.self)
        return beginning.hasPrefix("data=") || beginning.contains("&data=")
    }

    /// What Base64 stands for, if that is JSON or gzip.
    private static func base64(_ bytes: [UInt8]) -> [UInt8]? {
        // In a form a plus became a space.
        let text = String(decoding: bytes.map { $0 == 0x20 ? UInt8(ascii: "+") : $0 }, as: UTF8.self)
        guard let decoded = Base64.decode(either: text), looksLikeJSON(decoded) || isGzip(decoded) else { return nil }
        return decoded
    }
}

/// What may still be taken off a body.
///
/// Each occurs once: a body that is wrapped in the same way twice is a bomb, of which a few bytes unpack without an end.
private struct Wrappings: OptionSet {
    let rawValue: UInt8

    static let compression = Wrappings(rawValue: 1)
    static let form = Wrappings(rawValue: 2)
    static let base64 = Wrappings(rawValue: 4)
    static let all: Wrappings = [.compression, .form, .base64]

    /// What may be taken off after this one, which was.
    func without(_ wrapping: Wrappings) throws(Unpacking.Failure) -> Wrappings {
        guard contains(wrapping) else { throw .damaged("The body is wrapped twice in the same way.") }
        return subtracting(wrapping)
    }
}
