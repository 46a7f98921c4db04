/// Percent-encoding as RFC 3986 has it.
public enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The text with everything encoded but unreserved characters and those that are to be kept, which are ASCII.
    public static func encode(_ text: some StringProtocol, keeping kept: StaticString = "") -> String {
        let kept = kept.withUTF8Buffer { Array($0) }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) || kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that are meant; a “%” behind which no two hexadecimal digits stand is one itself.
    ///
    /// - Parameter plusIsSpace: Whether a plus stands for a space, as in a form.
    public static func meant(by bytes: [UInt8], plusIsSpace: Bool = false) -> [UInt8] {
        var meant: [UInt8] = []
        meant.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "%"), place + 2 < bytes.count,
                let high = Hexadecimal.value(of: bytes[place + 1]), let low = Hexadecimal.value(of: bytes[place + 2])
            {
                meant.append(high << 4 | low)
                place += 3
            } else {
                meant.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                place += 1
            }
        }
        return meant
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}
