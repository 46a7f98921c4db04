import Events

/// Writes text into a header, where only ASCII may stand.
enum HeaderText {
    /// A display name: a plain one as it is, one with special characters in quotes, any other one encoded.
    static func phrase(_ name: String) -> String {
        guard name.utf8.allSatisfy({ $0 < 0x80 }), !name.contains("=?") else {
            return encode(name, after: "Reply-To: ".count) + "\r\n"
        }
        let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || "!#$%&'*+-/=?^_`{|}~ ".contains($0) }
        guard !isPlain else { return name }
        return "\"\(name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined())\""
    }

    /// Free text, as encoded words of at most 75 characters when it is not ASCII; `column` is where the line already is.
    static func encode(_ text: String, after column: Int) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) || text.contains("=?") || text.utf8.count + column > 900 else {
            return folded(text, after: column)
        }
        var words: [String] = []
        var piece: [UInt8] = []
        // Four digits stand for three bytes, and 12 characters around them; a line has 76, the first of them a space.
        var room = max(3, (75 - 12 - column) / 4 * 3)
        for character in text.unicodeScalars {
            let bytes = Array(String(character).utf8)
            if piece.count + bytes.count > room {
                words.append(word(piece))
                piece = []
                room = 45
            }
            piece += bytes
        }
        words.append(word(piece))
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes))?=" }

    /// Breaks lines at spaces before they have more than 76 characters.
    private static func folded(_ text: String, after column: Int) -> String {
        var result = ""
        var length = column
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !result.isEmpty {
                let breaks = length + 1 + word.utf8.count > 76 && !word.isEmpty
                result += breaks ? "\r\n " : " "
                length = breaks ? 1 : length + 1
            }
            result += word
            length += word.utf8.count
        }
        return result
    }
}
