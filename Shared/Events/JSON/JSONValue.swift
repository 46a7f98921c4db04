/// A decoded JSON value, for the places where a value is kept or made rather than passed along.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Decodes a whole text, with the checks and limits of ``JSONDocument``.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONDocument(bytes).root.value
    }

    /// The value as JSON without white space, keys in the order of their UTF-8 bytes.
    ///
    /// Equal values give equal bytes.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The same as ``bytes``, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A text as it is, anything else as its JSON.
    public var plainText: String {
        if case .string(let text) = self { text } else { text }
    }

    /// The value of a member; `nil` when it is absent or null, or when this is not an object.
    public subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
        return value
    }
}

// No literal for null: `nil` would then mean two things wherever a value is optional.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An integer.
    public init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }

    /// A floating-point number.
    public init(floatLiteral value: Double) { self = JSONNumber(value).map(JSONValue.number) ?? .null }

    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }

    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// An object; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
