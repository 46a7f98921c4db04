/// The values that programs and people write when they have none; they would throw strangers together.
///
/// Role mailboxes such as `info@` are not among them: whether an address is shared is for the evidence to show.
enum JunkValues {
    /// In small letters; quotes around a value do not make it better.
    private static let words: Set<String> = [
        // What PostHog refuses.
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true",
        "false", "[object object]", "nan", "none", "null",
        // What Segment suggests, and Mixpanel and Amplitude refuse, besides.
        "-1", "anon", "nil", "n/a", "na", "unknown", "lmy47d",
        // A field's own name, as analytics-react-native once sent it for everyone.
        "anonymousid", "anonymous_id", "userid", "user_id", "deviceid", "device_id", "externalid", "external_id",
        "phone",
        // Nothing, as languages, databases and spreadsheets print it.
        "(null)", "<null>", "<nil>", "[object null]", "[object undefined]", "[object promise]", "\\n", "#n/a",
        // Nothing, as Google Analytics reports it.
        "not_set", "not set", "(not set)", "(not provided)", "(none)", "(unknown)",
        // The same on many Android devices: an ANDROID_ID of early versions, and the MAC address of later ones.
        "9774d56d682e549c", "02:00:00:00:00:00",
    ]

    /// In bytes, with quotes.
    private static let longestWord = 20

    /// What people type before and behind the `@` to get past a form.
    private static let fillers: Set<String> = [
        "test", "none", "na", "no", "noemail", "nomail", "email", "mail", "example", "fake", "asdf", "abc", "a", "aa",
        "x", "xx", "xxx", "null", "user", "noreply", "foo", "bar", "undefined", "unknown", "nobody", "anonymous",
    ]

    private static let longestFiller = 9

    /// Whether a trimmed value of any namespace identifies nobody.
    static func contains(_ value: String) -> Bool {
        if isBlank(value) || isTemplate(value) { return true }
        guard value.utf8.count <= longestWord else { return false }
        let bare = unquoted(value)
        return bare.isASCII && words.contains(String(Substring(bare)).lowercased())
    }

    /// A value in the form in which those that a namespace calls junk are compared.
    static func folded(_ value: String) -> String {
        UnicodeForm.folded(Trimming.trimmed(UnicodeForm.compatible(value)))
    }

    /// Whether nothing is in it but zeros and punctuation, as in an advertising id that the device withholds.
    private static func isBlank(_ value: String) -> Bool {
        value.utf8.holds { byte in
            switch byte {
            case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...:
                false
            default: true
            }
        }
    }

    private static func unquoted(_ value: String) -> Substring.UTF8View {
        var bytes = Substring(value).utf8
        while let first = bytes.first, isQuote(first) { bytes.removeFirst() }
        while let last = bytes.last, isQuote(last) { bytes.removeLast() }
        return bytes
    }

    private static func isQuote(_ byte: UInt8) -> Bool { "\"'` ".utf8.contains(byte) }

    // MARK: - Templates

    /// What opens and closes a place to fill in, in templates of pages, mails and tag managers.
    private static let places = [
        (opening: "{{", closing: "}}"), (opening: "${", closing: "}"), (opening: "<%", closing: "%>"),
        (opening: "*|", closing: "|*"), (opening: "%%", closing: "%%"), (opening: "%7b%7b", closing: "%7d%7d"),
        (opening: "$%7b", closing: "%7d"),
    ]

    /// Whether a template was sent as it is, its place not filled in.
    static func isTemplate(_ value: String) -> Bool {
        let isPlain = value.utf8.holds { byte in
            byte != UInt8(ascii: "{") && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "|")
        }
        if isPlain { return false }
        let text = value.lowercased()
        return places.contains { place in
            guard let opening = text.firstRange(of: place.opening) else { return false }
            return text[opening.upperBound...].contains(place.closing)
        }
    }

    // MARK: - Addresses and numbers

    /// Whether an address in normal form is one that people make up, such as `test@test.com`.
    static func isMadeUp(email: String) -> Bool {
        guard let at = email.utf8.lastIndex(of: UInt8(ascii: "@")) else { return false }
        let mailbox = email[..<at]
        guard mailbox.utf8.count <= longestFiller, fillers.contains(String(mailbox)) else { return false }
        let domain = email[email.utf8.index(after: at)...]
        let name = String(domain.prefix { $0 != "." })
        return name == mailbox || fillers.contains(name)
    }

    /// Whether a number with its calling code is one digit over and over, or counted up.
    static func isMadeUp(phone number: String) -> Bool {
        // The calling code may be anything: a number's last nine digits decide.
        let tail = number.utf8.suffix(9)
        guard let first = tail.first else { return true }
        if tail.allSatisfy({ $0 == first }) { return true }
        return tail.elementsEqual("123456789".utf8) || number.utf8.hasSuffix("1234567890")
    }
}
