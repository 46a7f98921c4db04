/// One name by which a system knows a person: a value in a namespace, such as `email:ada@example.com`.
///
/// Two identifiers are the same when their bytes are, as in the stores; normalizing is for the identity rules.
public struct Identifier: Sendable, CustomStringConvertible {
    /// What kind of value it is, and whose: `email`, `user`, `shopify.customer`.
    public var namespace: String
    /// The value itself.
    public var value: String

    /// An identifier of its two parts.
    public init(_ namespace: String, _ value: String) {
        self.namespace = namespace
        self.value = value
    }

    /// Reads `namespace:value`; the value may have colons, and neither part may be empty.
    public init?(parsing text: some StringProtocol) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else { return nil }
        let value = text[text.utf8.index(after: colon)...]
        guard !value.isEmpty else { return nil }
        self.init(String(text[..<colon]), String(value))
    }

    /// Whether a text may be chosen for a namespace: 1 to 64 lower-case letters, digits, “.”, “-” and “_”.
    public static func isNamespace(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    /// The identifier as `namespace:value`.
    public var description: String { "\(namespace):\(value)" }
}

// `String` takes different bytes for equal when they look the same (é, one scalar or two); a database does not.
// An order and an equality of their own keep both sides of the system agreed.
extension Identifier: Hashable, Comparable {
    /// Whether both parts have the same bytes.
    public static func == (left: Identifier, right: Identifier) -> Bool {
        UTF8Order.areSame(left.value, right.value) && UTF8Order.areSame(left.namespace, right.namespace)
    }

    /// The order of the namespaces' bytes, then of the values'.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        UTF8Order.precedes(left.namespace, right.namespace) ?? UTF8Order.precedes(left.value, right.value) ?? false
    }

    /// Feeds the bytes of both parts.
    public func hash(into hasher: inout Hasher) {
        Self.feed(value, to: &hasher)
        Self.feed(namespace, to: &hasher)
    }

    private static func feed(_ part: String, to hasher: inout Hasher) {
        UTF8Order.withBytes(part) { hasher.combine(bytes: $0) }
        hasher.combine(0xFF as UInt8)
    }
}
