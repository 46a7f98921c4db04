/// Two hexadecimal digits for each byte.
public enum Hexadecimal {
    /// The digits, in lower case.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
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
