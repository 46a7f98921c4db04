import HTTPTypes
import Hummingbird
import NIOCore

/// `kith.js`, as it is served.
struct Script: Sendable {
    private let buffer: ByteBuffer
    /// Changes with the script's text, so that browsers fetch it again only then.
    private let tag: String

    init(source: String = kithScript) {
        let text = Self.compact(source)
        buffer = ByteBuffer(string: text)
        tag = "\"\(Self.fingerprint(of: text))\""
    }

    func response(ifNoneMatch known: String?) -> Response {
        var headers: HTTPFields = [.cacheControl: "public, max-age=3600", .eTag: tag]
        if known == tag { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = "text/javascript; charset=utf-8"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: buffer))
    }

    /// Without indentation, empty lines and the comments that have a line of their own.
    static func compact(_ source: String) -> String {
        source.split(separator: "\n")
            .map { line in line.drop { $0 == " " } }
            .filter { line in !line.isEmpty && !line.hasPrefix("//") }
            .joined(separator: "\n")
    }

    /// FNV-1a: the same for the same text in every process.
    private static func fingerprint(of text: String) -> String {
        let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
