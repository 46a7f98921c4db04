/// People's names as text to search.
public enum NameText {
    /// The form in which names are indexed and looked for, so that it does not matter how one was typed.
    ///
    /// Capital letters are small, full-width letters plain, half-width kana full-width, and Latin, Greek and Cyrillic letters
    /// without accents. Katakana is hiragana, since both spell the same sounds, and a Hangul syllable is its jamo, so that it
    /// is found while it is being typed. Folding it again changes nothing.
    public static func folded(_ text: String) -> String {
        let folded = withoutAccents(UnicodeForm.folded(text))
        guard folded.utf8.contains(where: { $0 >= 0xE3 }) else { return folded }
        var result = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars {
            if let jamo = jamo(of: scalar) { result.append(contentsOf: jamo) } else { result.append(hiragana(scalar)) }
        }
        return String(result)
    }

    /// Greek capitals are written without accents, and “ё” mostly as “е”; “が” is another letter without its mark.
    private static func withoutAccents(_ text: String) -> String {
        let parts = UnicodeForm.decomposed(text).unicodeScalars
        guard parts.contains(where: isAccent) else { return text }
        return UnicodeForm.compatible(String(String.UnicodeScalarView(parts.filter { !isAccent($0) })))
    }

    private static func isAccent(_ scalar: Unicode.Scalar) -> Bool { (0x300...0x36F).contains(scalar.value) }

    /// The two or three letters of a Hangul syllable, by the arithmetic of Unicode's chapter 3.12.
    private static func jamo(of scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        guard (0xAC00...0xD7A3).contains(scalar.value) else { return nil }
        let index = scalar.value - 0xAC00
        let letters = [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11A7 + index % 28]
        return letters.filter { $0 != 0x11A7 }.compactMap(Unicode.Scalar.init)
    }

    /// Whether there is a hiragana for it: not for the long vowel's mark, which both share, and four voiced letters.
    private static func isKatakana(_ scalar: Unicode.Scalar) -> Bool {
        (0x30A1...0x30F6).contains(scalar.value) || (0x30FD...0x30FE).contains(scalar.value)
    }

    /// The two blocks are in the same order.
    private static func hiragana(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        isKatakana(scalar) ? Unicode.Scalar(scalar.value - 0x60) ?? scalar : scalar
    }
}
