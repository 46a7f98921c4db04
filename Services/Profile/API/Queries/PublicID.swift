import FoundationEssentials

/// A profile's id as the outside knows it: 16 bytes as 26 letters and digits of RFC 4648's Base32, in lower case.
enum PublicID {
    static let length = 26
    /// What an id looks like; two bits of the last letter are always 0.
    static let pattern = "[a-z2-7]{25}[aeimquy4]"
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// The text of a key.
    static func text(of key: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in key {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(alphabet[Int(bits >> UInt32(count) & 31)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The key of a text; `nil` when it is none that ``text(of:)`` gave.
    static func key(of text: String) -> Data? {
        guard text.utf8.count == length else { return nil }
        var key = Data()
        var bits: UInt32 = 0
        var count = 0
        for letter in text.utf8 {
            guard let value = alphabet.firstIndex(of: letter) else { return nil }
            bits = bits << 5 | UInt32(value)
            count += 5
            guard count >= 8 else { continue }
            count -= 8
            key.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bits & 3 == 0 ? key : nil
    }

    /// The keys that stand behind one another.
    static func keys(in bytes: Data) -> [Data] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 16).map {
            Data(bytes[$0..<min($0 + 16, bytes.endIndex)])
        }
    }
}
