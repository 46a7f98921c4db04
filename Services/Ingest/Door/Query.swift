import Events

/// The pairs of a query or of a form-encoded body, decoded, in their order.
struct Query: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    /// Reads the pairs of a text such as `a=1&b=2`.
    ///
    /// A plus stands for a space, as in a form; at most `limit` pairs are read.
    init(_ text: some StringProtocol, limit: Int = 1000) {
        for pair in text.utf8.split(separator: UInt8(ascii: "&"), maxSplits: limit).prefix(limit) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? Self.decode(parts[1]) : ""
            pairs.append((Self.decode(parts[0]), value))
        }
    }

    /// A name's first value that is not empty.
    subscript(_ name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: PercentEncoding.meant(by: Array(bytes), plusIsSpace: true), as: UTF8.self)
    }
}
