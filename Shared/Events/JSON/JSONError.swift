/// Why a text is not JSON that Kith takes; offsets count bytes from zero.
public enum JSONError: Error, Equatable, Sendable {
    /// There is nothing but white space.
    case empty
    /// The text begins with a byte-order mark.
    case byteOrderMark
    /// Longer than any text that can be scanned.
    case tooLong(bytes: Int, limit: Int)
    /// The text stops in the middle of a value.
    case unexpectedEnd(at: Int)
    /// A byte that cannot stand here.
    case unexpected(byte: UInt8, expected: String, at: Int)
    /// Something follows the value.
    case trailingBytes(at: Int)
    /// Not UTF-8: broken or overlong sequences, surrogates, UTF-16.
    case notUTF8(at: Int)
    /// A raw control character in a string.
    case controlCharacter(at: Int)
    /// U+0000, raw or escaped.
    case nulCharacter(at: Int)
    /// A backslash that begins none of JSON's escapes.
    case invalidEscape(at: Int)
    /// An escaped half of a surrogate pair without its other half.
    case loneSurrogate(at: Int)
    /// A number JSON's grammar does not have, such as `01`, `1.` or `+1`.
    case invalidNumber(at: Int)
    /// A number written with more characters than any real one needs.
    case numberTooLong(limit: Int, at: Int)
    /// More containers inside each other than allowed.
    case tooDeep(limit: Int, at: Int)
    /// More values and keys than allowed.
    case tooManyNodes(limit: Int, at: Int)
    /// The same key twice in one object.
    case duplicateKey(String, at: Int)
}

extension JSONError: CustomStringConvertible {
    /// One sentence that says what is wrong, and where.
    public var description: String {
        switch self {
        case .empty: "The text is empty."
        case .byteOrderMark: "The text begins with a byte-order mark, which JSON does not have."
        case .tooLong(let bytes, let limit): "The text has \(bytes) bytes; at most \(limit) can be read."
        case .unexpectedEnd(let at): "The text ends at byte \(at) in the middle of a value."
        case .unexpected(let byte, let expected, let at):
            "There is \(Self.name(of: byte)) at byte \(at) where \(expected) should be."
        case .trailingBytes(let at): "Something follows the value at byte \(at)."
        case .notUTF8(let at): "The text is not UTF-8 at byte \(at)."
        case .controlCharacter(let at): "A string has an unescaped control character at byte \(at)."
        case .nulCharacter(let at): "A string has the character U+0000 at byte \(at)."
        case .invalidEscape(let at): "A string has an unknown escape at byte \(at)."
        case .loneSurrogate(let at): "A string has half of a surrogate pair at byte \(at)."
        case .invalidNumber(let at): "There is a malformed number at byte \(at)."
        case .numberTooLong(let limit, let at): "The number at byte \(at) has more than \(limit) characters."
        case .tooDeep(let limit, let at): "Values are nested more than \(limit) deep at byte \(at)."
        case .tooManyNodes(let limit, let at): "There are more than \(limit) values and keys, at byte \(at)."
        case .duplicateKey(let key, let at): "An object has the key “\(Self.shortened(key))” twice, at byte \(at)."
        }
    }

    /// The byte that the error is about.
    public var offset: Int {
        switch self {
        case .empty, .byteOrderMark, .tooLong: 0
        case .unexpectedEnd(let at), .unexpected(_, _, let at), .trailingBytes(let at), .notUTF8(let at),
            .controlCharacter(let at), .nulCharacter(let at), .invalidEscape(let at), .loneSurrogate(let at),
            .invalidNumber(let at), .numberTooLong(_, let at), .tooDeep(_, let at), .tooManyNodes(_, let at),
            .duplicateKey(_, let at):
            at
        }
    }

    private static func name(of byte: UInt8) -> String {
        guard (0x21...0x7E).contains(byte) else { return "the byte \(byte)" }
        return "“\(Character(Unicode.Scalar(byte)))”"
    }

    /// Keys come from outside and may be long; an error is for a log line.
    private static func shortened(_ key: String) -> String {
        key.utf8.count <= 100 ? key : String(key.prefix(100)) + "…"
    }
}
