enum Trimming {
    /// Without white space and invisible characters at both ends; the same string when there are none.
    static func trimmed(_ value: String) -> String {
        let bytes = value.utf8
        guard let first = bytes.first, let last = bytes.last else { return value }
        if isVisible(first) && isVisible(last) { return value }
        let scalars = value.unicodeScalars
        guard let start = scalars.firstIndex(where: { !isSpace($0) }) else { return "" }
        let end = scalars.lastIndex(where: { !isSpace($0) }).map { scalars.index(after: $0) } ?? scalars.endIndex
        return String(scalars[start..<end])
    }

    /// Whether it shows nothing: white space, a control character, or a mark of the direction or place of text, as
    /// contact lists and word processors leave around what is copied from them.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x80: scalar.value <= 0x20 || scalar.value == 0x7F
        case 0x200B...0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: scalar.properties.isWhitespace
        }
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}

extension Sequence<UInt8> {
    /// Whether all bytes are ASCII, so that nothing of Unicode's concerns them.
    var isASCII: Bool { holds { $0 < 0x80 } }

    /// Whether something holds of all bytes; a text's are looked at where they lie, which is much faster than one by one.
    @inline(__always)
    func holds(_ holds: (UInt8) -> Bool) -> Bool {
        withContiguousStorageIfAvailable { $0.allSatisfy(holds) } ?? allSatisfy(holds)
    }
}
