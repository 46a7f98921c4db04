/// From the bytes of a JSON string to the text they stand for.
enum JSONText {
    /// The text of a string or key; what a tolerant scan let pass is repaired with U+FFFD.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ node: JSONNode) -> String {
        let content = UnsafeBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)])
        guard node.has(.escaped) else { return String(decoding: content, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: content.count) { output in unescape(content, into: output) }
    }

    /// Writes the content without escapes, which is never longer than with them; returns its length.
    static func unescape(_ content: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var at = 0
        var count = 0
        while at < content.count {
            if content[at] != UInt8(ascii: "\\") || at + 1 == content.count {
                output[count] = content[at]
                count += 1
                at += 1
            } else if let scalar = escapedScalar(in: content, at: &at) {
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    output[count] = unit
                    count += 1
                }
            } else {
                output[count] = unescaped(content[at + 1])
                count += 1
                at += 2
            }
        }
        return count
    }

    /// The scalar of a `\u` escape, both halves of a pair together; steps over it.
    private static func escapedScalar(in content: UnsafeBufferPointer<UInt8>, at: inout Int) -> Unicode.Scalar? {
        guard let unit = escapedUnit(in: content, at: at) else { return nil }
        at += 6
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, let low = escapedUnit(in: content, at: at), isLowSurrogate(low) else { return "\u{FFFD}" }
        at += 6
        let code = 0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(low - 0xDC00)
        return Unicode.Scalar(code) ?? "\u{FFFD}"
    }

    /// The code unit of a `\uXXXX` at this place, if there is one.
    static func escapedUnit(in bytes: UnsafeBufferPointer<UInt8>, at: Int) -> UInt16? {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt16 = 0
        for index in at + 2..<at + 6 {
            guard let digit = Hexadecimal.value(of: bytes[index]) else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    static func isLowSurrogate(_ unit: UInt16?) -> Bool {
        guard let unit else { return false }
        return unit >= 0xDC00 && unit <= 0xDFFF
    }

    private static func unescaped(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }
}
