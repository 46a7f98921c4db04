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
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if let high = digit(rest.first), let low = digit(rest.dropFirst().first) {
                    result.append(high << 4 | low)
                    rest = rest.dropFirst(2)
                } else {
                    result.append(byte)
                }
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        guard let byte else { return nil }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
        default: return nil
        }
    }
}
