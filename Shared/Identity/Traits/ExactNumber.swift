/// The number that JSON writes, exactly and however it is written: `1`, `1.0` and `10e-1` are the same.
struct ExactNumber: Hashable {
    private let isNegative: Bool
    /// The digits, in ASCII, from the first to the last that is not zero; none of zero itself.
    private let digits: [UInt8]
    /// The power of ten that the digits are to be multiplied by if they all stand behind the point.
    private let power: Int

    /// No exponent is taken to be farther from zero: numbers beyond are only told apart by their digits.
    private static let farthest = 1 << 50

    /// The number that a JSON value is; `nil` if it is none.
    init?(json: String) {
        let bytes = json.utf8
        guard let first = bytes.first, first == Self.minus || Self.isDigit(first) else { return nil }
        let mantissa = bytes.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }.count(where: Self.isDigit)
        let written = mantissa.filter(Self.isDigit)
        let significant = written.drop { $0 == Self.zero }
        let digits = significant.lastIndex { $0 != Self.zero }.map { Array(significant[...$0]) } ?? []
        let exponent = Self.exponent(json[mantissa.endIndex...].dropFirst())
        self.digits = digits
        isNegative = first == Self.minus && !digits.isEmpty
        power = digits.isEmpty ? 0 : whole - (written.count - significant.count) + exponent
    }

    private static func exponent(_ text: Substring) -> Int {
        guard !text.isEmpty else { return 0 }
        let exponent = Int(text) ?? (text.hasPrefix("-") ? -farthest : farthest)
        return min(max(exponent, -farthest), farthest)
    }

    private static let minus = UInt8(ascii: "-")
    private static let zero = UInt8(ascii: "0")

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension ExactNumber: Comparable {
    static func < (left: ExactNumber, right: ExactNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isNearerZero(than: left) : left.isNearerZero(than: right)
    }

    private func isNearerZero(than other: ExactNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        return power != other.power ? power < other.power : digits.lexicographicallyPrecedes(other.digits)
    }
}
