import Events

/// The words that carry text outside ASCII in a header, as RFC 2047 has them: `=?charset?encoding?text?=`.
public enum EncodedWord {
    /// The text with its encoded words decoded; one that cannot be is left as it is.
    public static func decode(_ text: String) -> String {
        var result = ""
        var word = Word(charset: "", bytes: [])
        // What stands after the word.
        var gap = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "=", let (next, end) = parse(rest) {
                let isAdjacent = !word.charset.isEmpty && gap.allSatisfy(\.isWhitespace)
                if isAdjacent, next.charset == word.charset {
                    // A character may begin in one word and end in the next.
                    word.bytes += next.bytes
                } else {
                    result += word.text + (isAdjacent ? "" : gap)
                    word = next
                }
                gap = ""
                rest = rest[end...]
            } else {
                gap.append(character)
                rest.removeFirst()
            }
        }
        return result + word.text + gap
    }

    /// Header bytes as text: they should be ASCII, may be UTF-8, and are else taken for the old Western form.
    static func plainText(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? Charset.decode(bytes, from: "windows-1252") ?? ""
    }

    private struct Word {
        var charset: String
        var bytes: [UInt8]

        var text: String {
            charset.isEmpty ? "" : Charset.decode(bytes, from: charset) ?? String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The word that the text begins with, and where it ends.
    private static func parse(_ text: Substring) -> (Word, String.Index)? {
        guard text.hasPrefix("=?") else { return nil }
        let parts = text.dropFirst(2).split(separator: "?", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3].first == "=", !parts[0].isEmpty else { return nil }
        guard !parts[2].contains(where: \.isNewline), let bytes = bytes(of: parts[2], encoding: parts[1]) else {
            return nil
        }
        // After the charset there may be a language.
        let charset = parts[0].prefix { $0 != "*" }.lowercased()
        return (Word(charset: charset, bytes: bytes), parts[3].index(after: parts[3].startIndex))
    }

    private static func bytes(of text: Substring, encoding: Substring) -> [UInt8]? {
        switch encoding {
        case "B", "b": Base64.decode(text)
        case "Q", "q": quoted(text)
        default: nil
        }
    }

    private static func quoted(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "_") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "=") {
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
