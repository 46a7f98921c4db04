/// Text whose lines are short and ASCII, as RFC 2045 has it.
enum QuotedPrintable {
    static func lines(of text: String) -> [String] {
        // CR, LF and both together end a line.
        text.split(omittingEmptySubsequences: false) { $0.isNewline && $0.isASCII }.flatMap { encoded(Array($0.utf8)) }
    }

    private static func encoded(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let piece = isPlain(byte, isLast: isLast) ? String(UnicodeScalar(byte)) : hexadecimal(byte)
            if line.utf8.count + piece.utf8.count > 75 {
                lines.append(line + "=")
                line = ""
            }
            line += piece
        }
        return lines + [line]
    }

    private static func isPlain(_ byte: UInt8, isLast: Bool) -> Bool {
        switch byte {
        case 0x20, 0x09: !isLast
        case UInt8(ascii: "="): false
        default: (0x21...0x7E).contains(byte)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "=0\(digits)" : "=\(digits)"
    }
}
