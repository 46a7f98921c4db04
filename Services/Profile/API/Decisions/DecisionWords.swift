import Events
import ServiceKit
import Topics

extension Word {
    /// The longest texts that are taken, in bytes of UTF-8.
    private static let longest = (author: 200, reason: 2000)

    /// Who decides and why, from the body of a request.
    init(_ body: JSONView, of call: Call) throws {
        try self.init(author: body.text("author"), reason: body.text("reason"), of: call)
    }

    /// Who decides and why, from the query.
    init(_ query: Query, of call: Call) throws {
        try self.init(author: query.text("author"), reason: query.text("reason"), of: call)
    }

    /// Without an author, it is the holder of the key.
    private init(author: String?, reason: String?, of call: Call) throws {
        let author = author ?? call.key?.id ?? ""
        guard let reason, !reason.isEmpty, reason.utf8.count <= Self.longest.reason else {
            throw APIError.badRequest(
                "invalid_field",
                "“reason” must say why, in at most \(Self.longest.reason) bytes."
            )
        }
        guard !author.isEmpty, author.utf8.count <= Self.longest.author else {
            throw APIError.badRequest(
                "invalid_field",
                "“author” must say who decides, in at most \(Self.longest.author) bytes."
            )
        }
        self.init(author: author, reason: reason, time: call.now)
    }

    /// Writes what the API shows of it.
    func writePublicFields(to writer: inout JSONWriter) {
        writer.field("author", author)
        writer.field("reason", reason)
        writer.field("time", time)
    }
}

extension QueryParameter {
    /// Who takes something back, and why.
    static let word = [
        QueryParameter("reason", .text(2000), "Why.", isRequired: true),
        QueryParameter("author", .text(200), "Who, if not the holder of the key."),
    ]
}

extension JSONView {
    /// The identifier or profile id under a key; refused when there is something else, or nothing.
    func reference(_ key: String) throws -> ProfileReference {
        guard let reference = try text(key).flatMap({ ProfileReference($0) }) else {
            throw APIError.badRequest(
                "invalid_field",
                "“\(key)” must be an identifier, as namespace:value, or a profile's id."
            )
        }
        return reference
    }
}

/// Ids that are made, not derived.
enum RandomID {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// A new id of 80 random bits behind a word.
    static func make(_ word: String) -> String {
        var random = SystemRandomNumberGenerator()
        let letters = (0..<16).map { _ in alphabet[Int(random.next(upperBound: UInt(32)))] }
        return "\(word)_\(String(decoding: letters, as: UTF8.self))"
    }
}
