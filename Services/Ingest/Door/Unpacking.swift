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
        var bytes = body
        var isInflated = false
        switch contentEncoding {
        case nil, "", "identity": break
        case "gzip", "x-gzip", "deflate":
            bytes = try inflated(bytes)
            isInflated = true
        case let other?: throw .unsupportedEncoding(other)
        }
        return try unwrapped(bytes, mayInflate: !isInflated)
    }

    /// The JSON text in a query's or a form's `data`.
    func text(ofData data: String) throws(Failure) -> [UInt8] {
        try unwrapped(Array(data.utf8), mayInflate: true)
    }

    private func unwrapped(_ bytes: [UInt8], mayInflate: Bool) throws(Failure) -> [UInt8] {
        if Self.looksLikeJSON(bytes) { return bytes }
        if Self.isGzip(bytes) {
            // Compressed twice is a bomb.
            guard mayInflate else { throw .damaged("The body is compressed twice.") }
            return try unwrapped(inflated(bytes), mayInflate: false)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        if let data = Self.formData(in: bytes) { return try unwrapped(Array(data.utf8), mayInflate: mayInflate) }
        if let decoded = Self.base64(bytes) { return try unwrapped(decoded, mayInflate: mayInflate) }
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

    /// The `data` of a form; forms are short on names, so the name stands near the beginning.
    private static func formData(in bytes: [UInt8]) -> String? {
        let beginning = String(decoding: bytes.prefix(256), as: UTF8.self)
        guard beginning.hasPrefix("data=") || beginning.contains("&data=") else { return nil }
        return Query(String(decoding: bytes, as: UTF8.self))["data"]
    }

    /// What Base64 stands for, if that is JSON or gzip.
    private static func base64(_ bytes: [UInt8]) -> [UInt8]? {
        // In a form a plus became a space.
        let text = String(decoding: bytes.map { $0 == 0x20 ? UInt8(ascii: "+") : $0 }, as: UTF8.self)
        guard let decoded = Base64.decode(text), looksLikeJSON(decoded) || isGzip(decoded) else { return nil }
        return decoded
    }
}
