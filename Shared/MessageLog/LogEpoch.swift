/// Sixteen random bytes that tell one life of a partition from another.
///
/// A partition that was lost and begun anew counts its offsets from zero again; its epoch differs, so a consumer that
/// stored both notices.
public struct LogEpoch: Hashable, Sendable, CustomStringConvertible {
    /// The sixteen bytes, the first eight in `upper`, most significant first.
    public var upper: UInt64
    /// The last eight bytes.
    public var lower: UInt64

    /// An epoch of its two halves.
    public init(upper: UInt64, lower: UInt64) {
        self.upper = upper
        self.lower = lower
    }

    /// A new random epoch.
    public static func random() -> LogEpoch {
        LogEpoch(upper: .random(in: .min ... .max), lower: .random(in: .min ... .max))
    }

    /// The epoch that ``description`` wrote; nil if the text is not 32 hexadecimal digits.
    public init?(_ description: some StringProtocol) {
        let digits = Array(description.utf8)
        guard digits.count == 32, digits.allSatisfy({ Self.isHexadecimal($0) }) else { return nil }
        guard let upper = UInt64(description.prefix(16), radix: 16),
            let lower = UInt64(description.suffix(16), radix: 16)
        else { return nil }
        self.init(upper: upper, lower: lower)
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Self.hexadecimal(upper) + Self.hexadecimal(lower) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }

    private static func hexadecimal(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
