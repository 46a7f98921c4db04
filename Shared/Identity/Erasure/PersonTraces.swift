public import Events

/// What tells that something is about persons who are to be forgotten, other than the events' own terms do.
///
/// Found are, in JSON, in JSON inside of its strings, and in any other text:
/// - a whole string or number that is `namespace:value`, a profile id, or a value, by the rules of its namespace;
/// - in longer text `namespace:value`, a profile id or a value, with no letter or digit before or behind it.
///
/// A value of less than five bytes is looked for as `namespace:value` alone: numbers such as 42 are everywhere.
/// Letters in either case are the same.
public struct PersonTraces: Sendable {
    /// Bytes that a value has at least, for it to be looked for by itself.
    private static let shortest = 5
    /// Strings of JSON inside each other.
    private static let depth = 8

    private let rules: Rules
    private let identifiers: Set<Identifier>
    /// Those namespaces in which what is equal may look different.
    private let namespaces: [String]
    /// What is only looked for as a whole.
    private let wholes: Set<String>
    /// What is looked for in text, in small letters, by its first bytes.
    private let words: [UInt64: [[UInt8]]]

    /// The traces of some persons.
    public init(identifiers: some Sequence<Identifier>, profileIDs: some Sequence<String>, rules: Rules) {
        self.rules = rules
        self.identifiers = Set(identifiers.lazy.filter { $0.value.utf8.count >= Self.shortest })
        namespaces = Set(self.identifiers.map(\.namespace)).sorted()
        let texts = Set(identifiers.map(\.description) + self.identifiers.map(\.value) + profileIDs)
        wholes = texts
        words = Dictionary(
            grouping: texts.map { $0.utf8.map(Self.small) }.filter { $0.count >= Self.shortest },
            by: { Self.start(of: $0[...]) }
        )
    }

    /// Whether there is nothing to look for.
    public var isEmpty: Bool { wholes.isEmpty }

    /// Whether bytes, JSON or not, tell of one of the persons.
    public func areFound(in bytes: [UInt8]) -> Bool { !isEmpty && areFound(in: bytes, depth: Self.depth) }

    /// Whether a text tells of one of the persons.
    public func areFound(in text: String) -> Bool { !isEmpty && areFound(in: text, depth: Self.depth) }

    private func areFound(in bytes: [UInt8], depth: Int) -> Bool {
        guard depth > 0, let document = try? JSONDocument(tolerating: bytes, limits: EventEnvelope.limits) else {
            return hasWord(bytes)
        }
        // What is wrong in a text that is nearly JSON reads as absent, and may be what is looked for.
        let mayHide = document.root.fault != nil
        return areFound(in: document.root, depth: depth) || mayHide && hasWord(bytes)
    }

    private func areFound(in view: JSONView, depth: Int) -> Bool {
        switch view.kind {
        case .null, .bool: false
        case .number: areFound(in: String(decoding: view.raw, as: UTF8.self), depth: 0)
        case .string: view.string.map { areFound(in: $0, depth: depth - 1) } ?? false
        case .array: view.elements.contains { areFound(in: $0, depth: depth) }
        case .object:
            view.members.contains { areFound(in: $0.key, depth: 0) || areFound(in: $0.value, depth: depth) }
        }
    }

    private func areFound(in text: String, depth: Int) -> Bool {
        if wholes.contains(text) || isIdentifier(text) { return true }
        let bytes = Array(text.utf8)
        let first = bytes.first { $0 > 0x20 }
        let mayBeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
        return mayBeJSON ? areFound(in: bytes, depth: depth) : hasWord(bytes)
    }

    // MARK: - Whole values

    private func isIdentifier(_ text: String) -> Bool {
        guard text.utf8.count <= rules.identifierBytes else { return false }
        return namespaces.contains { namespace in
            guard mayLookDifferent(text, rules[namespace].normalization) else { return false }
            return rules.normalized(namespace, text).map(identifiers.contains) ?? false
        }
    }

    /// Whether a text that does not have an identifier's value in it may be one nevertheless.
    private func mayLookDifferent(_ text: String, _ normalization: NamespaceRule.Normalization) -> Bool {
        switch normalization {
        case .trimmed: !text.utf8.allSatisfy { $0 < 0x80 }
        case .email: text.utf8.contains(UInt8(ascii: "@")) || !text.utf8.allSatisfy { $0 < 0x80 }
        case .phone: text.utf8.lazy.filter { $0 >= 0x80 || (0x30...0x39).contains($0) }.count >= Self.shortest
        }
    }

    // MARK: - Words in text

    private func hasWord(_ bytes: [UInt8]) -> Bool {
        let text = bytes.map(Self.small)
        guard text.count >= Self.shortest else { return false }
        for start in 0...text.count - Self.shortest where start == 0 || !Self.isOfWord(text[start - 1]) {
            guard let words = words[Self.start(of: text[start...])] else { continue }
            for word in words where text[start...].starts(with: word) {
                let end = start + word.count
                if end == text.count || !Self.isOfWord(text[end]) { return true }
            }
        }
        return false
    }

    private static func start(of bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(shortest).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func small(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        default: false
        }
    }
}
