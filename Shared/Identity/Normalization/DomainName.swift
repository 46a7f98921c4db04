import CIDN2

enum DomainName {
    /// The domain in small letters of ASCII, without the root's dot; `nil` when there can be none of that name.
    ///
    /// One in other scripts has the form in which it is looked up (IDNA 2008 with the mapping of UTS 46, non-transitional:
    /// `bücher.example` is `xn--bcher-kva.example`, and `straße.de` is another than `strasse.de`). What the mapping refuses
    /// has no such form and gets no mail. Names already in ASCII are not looked into.
    static func normalized(_ text: String) -> String? {
        guard var name = text.utf8.isASCII ? text.lowercased() : mapped(text) else { return nil }
        if name.utf8.last == UInt8(ascii: ".") { name.removeLast() }
        return isPlain(name.utf8) ? name : nil
    }

    private static func mapped(_ text: String) -> String? {
        // To a C function, a name would end there.
        if text.utf8.contains(0) { return nil }
        var output: UnsafeMutablePointer<CChar>?
        let result = idn2_to_ascii_8z(text, &output, CInt(IDN2_NONTRANSITIONAL.rawValue))
        guard result == IDN2_OK.rawValue, let output else { return nil }
        defer { idn2_free(output) }
        return String(cString: output)
    }

    /// Whether it is a name in the one form: labels of small letters, digits, hyphens and underscores, none of them empty.
    static func isPlain(_ name: some Sequence<UInt8>) -> Bool {
        var isLabelEmpty = true
        for byte in name {
            if isPlain(byte) {
                isLabelEmpty = false
            } else if byte == UInt8(ascii: "."), !isLabelEmpty {
                isLabelEmpty = true
            } else {
                return false
            }
        }
        return !isLabelEmpty
    }

    /// Whether a label may have it.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
