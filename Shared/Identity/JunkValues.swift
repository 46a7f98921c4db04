/// The values that programs and people write when they have none; they would throw strangers together.
///
/// Role mailboxes such as `info@` are not among them: whether an address is shared is for the evidence to show.
enum JunkValues {
    /// In any letter case, and in quotes as well.
    private static let words: Set<String> = [
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true",
        "false",
        "[object object]", "nan", "none", "null", "nil", "n/a", "na", "unknown", "anonymousid", "anonymous_id",
        "userid",
        "user_id", "deviceid", "device_id",
    ]

    /// What people type before and behind the `@` to get past a form.
    private static let fillers: Set<String> = [
        "test", "none", "na", "no", "noemail", "nomail", "email", "mail", "example", "fake", "asdf", "abc", "a", "aa",
        "x",
        "xx", "xxx", "null", "user",
    ]

    private static let longestWord = 17

    /// Whether a trimmed value of any namespace identifies nobody.
    static func contains(_ value: String) -> Bool {
        if value.utf8.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "-") }) { return true }
        guard value.utf8.count <= longestWord else { return false }
        let bare = unquoted(value).lowercased()
        return bare.isEmpty || bare == "-1" || bare == "0" || words.contains(bare)
    }

    /// Whether an address in normal form is one that people make up, such as `test@test.com`.
    static func isMadeUp(email: String) -> Bool {
        guard let at = email.lastIndex(of: "@") else { return false }
        let mailbox = email[..<at]
        let domain = email[email.index(after: at)...]
        guard mailbox.utf8.count <= 8, fillers.contains(String(mailbox)) else { return false }
        let name = domain.prefix { $0 != "." }
        return name == "example" || name == mailbox || fillers.contains(String(name))
    }

    /// Whether digits with their calling code are one digit over and over, or counted up.
    static func isMadeUp(phone digits: Substring.UTF8View) -> Bool {
        // The calling code may be anything: a number's last nine digits decide.
        let tail = Array(digits.suffix(9))
        guard let first = tail.first else { return true }
        if tail.allSatisfy({ $0 == first }) { return true }
        let text = String(decoding: digits, as: UTF8.self)
        return text.hasSuffix("123456789") || text.hasSuffix("1234567890")
    }

    private static func unquoted(_ value: String) -> Substring {
        var text = Substring(value)
        while let first = text.first, first == "\"" || first == "'" || first == " " { text.removeFirst() }
        while let last = text.last, last == "\"" || last == "'" || last == " " { text.removeLast() }
        return text
    }
}
