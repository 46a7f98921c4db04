/// People's names as text to search.
public enum NameText {
    /// The form in which names are indexed and looked for, so that it does not matter how one was typed.
    ///
    /// Capital letters are small, full-width letters plain, half-width kana full-width, and jamo or accents composed;
    /// katakana is hiragana, since both spell the same sounds. Folding it again changes nothing.
    public static func folded(_ text: String) -> String {
        let folded = UnicodeForm.folded(text)
        guard folded.unicodeScalars.contains(where: isKatakana) else { return folded }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: folded.unicodeScalars.lazy.map(hiragana))
        return String(result)
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
