public import Events

/// What tells that something is about persons who are to be forgotten, other than the events' own terms do.
///
/// Found are, in JSON, in JSON inside of its strings, and in any other text:
/// - a whole string or number that is `namespace:value`, a profile id, or a value, by the rules of its namespace;
/// - in longer text `namespace:value`, a profile id or a value, with no letter or digit before or behind it, also where they are
///   percent-encoded.
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
    /// What is so short that it is only looked for as a whole.
    private let shorts: Set<String>
    /// What is looked for in text, in small letters, by its first bytes.
    private let words: [UInt64: [[UInt8]]]
    /// Whether any of them begins with a byte.
    private let firstBytes: [Bool]

    /// The traces of some persons.
    public init(identifiers: some Sequence<Identifier>, profileIDs: some Sequence<String>, rules: Rules) {
        self.rules = rules
        self.identifiers = Set(identifiers.lazy.filter { $0.value.utf8.count >= Self.shortest })
        namespaces = Set(self.identifiers.map(\.namespace)).sorted()
        let texts = Set(identifiers.map(\.description) + self.identifiers.map(\.value) + profileIDs)
        shorts = texts.filter { $0.utf8.count < Self.shortest }
        words = Dictionary(
            grouping: texts.map { $0.utf8.map(Self.small) }.filter { $0.count >= Self.shortest },
            by: { Self.start(of: $0) }
        )
        let first = Set(words.values.joined().compactMap(\.first))
        firstBytes = (0...UInt8.max).map { first.contains(Self.small($0)) }
    }

    /// Whether there is nothing to look for.
    public var isEmpty: Bool { words.isEmpty && shorts.isEmpty }

    /// Whether bytes, JSON or not, tell of one of the persons.
    public func areFound(in bytes: [UInt8]) -> Bool { !isEmpty && areFound(in: bytes, depth: Self.depth) }

    /// Whether a text tells of one of the persons.
    public func areFound(in text: String) -> Bool { !isEmpty && areFound(in: text, depth: Self.depth) }

    private func areFound(in bytes: [UInt8], depth: Int) -> Bool {
        guard depth > 0, let document = try? JSONDocument(tolerating: bytes, limits: EventEnvelope.limits) else {
            return bytes.withUnsafeBufferPointer { hasWord($0) }
        }
        // What is wrong in a text that is nearly JSON reads as absent, and may be what is looked for.
        let mayHide = document.root.fault != nil
        return areFound(in: document.root, depth: depth) || mayHide && bytes.withUnsafeBufferPointer { hasWord($0) }
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
        if !shorts.isEmpty, shorts.contains(text) { return true }
        if text.utf8.count <= rules.identifierBytes, isIdentifier(text) { return true }
        let first = text.utf8.first { $0 > 0x20 }
        let mayBeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
        return mayBeJSON ? areFound(in: Array(text.utf8), depth: depth) : hasWord(text)
    }

    // MARK: - Whole values

    private func isIdentifier(_ text: String) -> Bool {
        namespaces.contains { namespace in
            if isValue(text, in: namespace) { return true }
            return Self.value(of: text, in: namespace).map { isValue($0, in: namespace) } ?? false
        }
    }

    private func isValue(_ text: String, in namespace: String) -> Bool {
        guard Self.mayLookDifferent(text, rules[namespace].normalization) else { return false }
        return rules.normalized(namespace, text).map(identifiers.contains) ?? false
    }

    /// The value where a text is `namespace:value`: by rules from before it may have had another form.
    private static func value(of text: String, in namespace: String) -> String? {
        let rest = text.utf8.dropFirst(namespace.utf8.count)
        guard rest.first == UInt8(ascii: ":"), text.utf8.starts(with: namespace.utf8) else { return nil }
        return String(Substring(rest.dropFirst()))
    }

    /// Whether a text that does not have an identifier's value in it may be one nevertheless.
    private static func mayLookDifferent(_ text: String, _ normalization: NamespaceRule.Normalization) -> Bool {
        var text = text
        return text.withUTF8 { text in
            switch normalization {
            case .trimmed: text.contains { $0 >= 0x80 }
            case .email: text.contains { $0 >= 0x80 || $0 == UInt8(ascii: "@") }
            // Not times and the like: to look at those as phone numbers takes long.
            case .phone: text.allSatisfy(mayBeOfPhoneNumber)
            }
        }
    }

    private static func mayBeOfPhoneNumber(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x30...0x39).contains(byte) || " +-.()/".utf8.contains(byte)
    }

    // MARK: - Words in text

    private func hasWord(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { hasWord($0) }
    }

    private func hasWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if hasPlainWord(text) { return true }
        guard text.contains(UInt8(ascii: "%")) else { return false }
        return PercentEncoding.meant(by: Array(text)).withUnsafeBufferPointer { hasPlainWord($0) }
    }

    private func hasPlainWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= Self.shortest else { return false }
        var isWithinWord = false
        for start in 0...text.count - Self.shortest {
            if !isWithinWord, firstBytes[Int(text[start])] {
                let rest = UnsafeBufferPointer(rebasing: text[start...])
                let words = words[Self.start(of: rest)] ?? []
                if words.contains(where: { Self.begins(rest, with: $0) }) { return true }
            }
            isWithinWord = Self.isOfWord(text[start])
        }
        return false
    }

    /// Whether a text begins with a word, and the word ends there.
    private static func begins(_ text: UnsafeBufferPointer<UInt8>, with word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        for place in word.indices where small(text[place]) != word[place] { return false }
        return text.count == word.count || !isOfWord(text[word.count])
    }

    private static func start(of bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.prefix(shortest).reduce(0) { $0 << 8 | UInt64(small($1)) }
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
