import Events

/// Ids for events that come without one.
enum MessageID {
    /// A random UUID (version 4).
    static func generate() -> String {
        var random = SystemRandomNumberGenerator()
        return generate(using: &random)
    }

    /// A random UUID from the given source of chance.
    static func generate(using random: inout some RandomNumberGenerator) -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { text in
            for index in 0..<36 { text[index] = letter(at: index, high, low) }
            return 36
        }
    }

    private static func letter(at index: Int, _ high: UInt64, _ low: UInt64) -> UInt8 {
        let dashes = [8, 13, 18, 23]
        if dashes.contains(index) { return UInt8(ascii: "-") }
        let digit = index - dashes.count { $0 < index }
        let half = digit < 16 ? high : low
        let four = UInt8(truncatingIfNeeded: half >> UInt64(60 - digit % 16 * 4)) & 15
        return four < 10 ? UInt8(ascii: "0") + four : UInt8(ascii: "a") + four - 10
    }

    /// Whether a text has the form of a UUID.
    static func isUUID(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        return text.utf8.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default: Hexadecimal.isDigit(byte)
            }
        }
    }
}
