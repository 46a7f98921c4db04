enum EmailAddress {
    /// The address in small letters with its domain in ASCII, `nil` when it is none or made up; the value is tidied.
    ///
    /// - Whatever stands around it is left out: a name with angle brackets, `mailto:`, the root's dot.
    /// - Capital and small letters before the `@` are folded as Unicode says, after which `ß` is `ss`; Turkish dotless
    ///   `ı` stays itself. Servers may tell capitals apart, but none that matters does.
    /// - A domain in other scripts has its ASCII form, as ``DomainName`` says, so that both spellings are one.
    /// - With `foldsMailboxes`, spellings that the provider delivers to one mailbox are one as well.
    static func normalized(_ value: String, foldsMailboxes: Bool) -> String? {
        guard let address = plain(value) ?? spelledOut(value) else { return nil }
        let mailbox = foldsMailboxes ? MailProvider.mailbox(of: address) : address
        return JunkValues.isMadeUp(email: mailbox) ? nil : mailbox
    }

    /// The address when nothing but its capitals is to change, as for most.
    private static func plain(_ value: String) -> String? {
        if isPlain(value) { return value }
        let small = value.lowercased()
        return isPlain(small) ? small : nil
    }

    /// Whether it is, as it stands, an address of the letters that most have, in the one form.
    private static func isPlain(_ value: String) -> Bool {
        let bytes = value.utf8
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), at != bytes.startIndex else { return false }
        let isMailboxPlain = bytes[..<at].allSatisfy { byte in
            DomainName.isPlain(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
        }
        return isMailboxPlain && DomainName.isPlain(bytes[bytes.index(after: at)...])
    }

    private static func spelledOut(_ value: String) -> String? {
        let text = bare(value)
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let local = UnicodeForm.folded(String(text[..<at]))
        guard isLocalPart(local), let domain = DomainName.normalized(String(text[text.utf8.index(after: at)...])) else {
            return nil
        }
        return local + "@" + domain
    }

    /// The address alone of `Ada Lovelace <ada@example.com>` and `mailto:ada@example.com`.
    private static func bare(_ value: String) -> String {
        var text = Substring(value)
        if text.utf8.last == UInt8(ascii: ">"), let start = text.utf8.lastIndex(of: UInt8(ascii: "<")) {
            text = text[text.utf8.index(after: start)...].dropLast()
        }
        if text.prefix(7).lowercased() == "mailto:" { text = text.dropFirst(7) }
        return Trimming.trimmed(String(text))
    }

    /// Whether it may stand before the `@`: in quotes anything, otherwise what RFC 5322 and RFC 6531 call a dot-atom,
    /// where dots may stand together as some providers once let them.
    private static func isLocalPart(_ text: String) -> Bool {
        guard !text.isEmpty, !text.unicodeScalars.contains(where: Trimming.isSpace), !JunkValues.isTemplate(text) else {
            return false
        }
        if text.utf8.count > 2, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") {
            return true
        }
        return !text.utf8.contains { "()<>[]:;@\\,\"".utf8.contains($0) }
    }
}
