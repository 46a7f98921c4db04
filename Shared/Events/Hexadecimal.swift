/// Two hexadecimal digits for each byte.
public enum Hexadecimal {
    /// The digits, in lower case.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String { text(of: Array(bytes)) }

    /// The digits of bytes that lie in one place, which are gone through many times faster than those of any sequence.
    private static func text(of bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (place, byte) in bytes.enumerated() {
                text[2 * place] = digit(of: byte >> 4)
                text[2 * place + 1] = digit(of: byte & 15)
            }
            return 2 * bytes.count
        }
    }

    private static func digit(of four: UInt8) -> UInt8 {
        four < 10 ? UInt8(ascii: "0") + four : UInt8(ascii: "a") + four - 10
    }

    /// The bytes, or `nil` when the text is anything else; digits may be in either case.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text.utf8 {
            guard let four = value(of: digit) else { return nil }
            if let first = high { bytes.append(first << 4 | four) }
            high = high == nil ? four : nil
        }
        return bytes
    }

    /// Whether a byte is a digit, in either case.
    public static func isDigit(_ byte: UInt8) -> Bool { value(of: byte) != nil }

    /// What a digit stands for, in either case; `nil` when it is none.
    public static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
