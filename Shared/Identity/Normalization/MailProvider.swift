/// Providers that deliver several spellings of an address to one mailbox, as their own documentation says.
///
/// Left out are providers where it is up to the customer (Google Workspace, Exchange) or where what looks like a tag may be
/// somebody else's name (Yahoo's `name-tag`).
enum MailProvider {
    private struct Rule {
        /// The domain that stands for all of the provider's names for the same mailboxes.
        var domain: String
        var ignoresDots = false
    }

    private static let rules: [String: Rule] = {
        var rules: [String: Rule] = [:]
        // Google: dots do not matter, what follows a plus neither, and googlemail.com is gmail.com.
        for domain in ["gmail.com", "googlemail.com"] { rules[domain] = Rule(domain: "gmail.com", ignoresDots: true) }
        // What follows a plus does not matter. Domains of one provider stay apart: not everyone has the same name in all.
        let tagged = [
            // Microsoft, since 2013.
            "outlook.com", "hotmail.com", "live.com", "msn.com",
            // Apple.
            "icloud.com", "me.com", "mac.com",
            // Fastmail.
            "fastmail.com", "fastmail.fm",
            // Proton.
            "proton.me", "protonmail.com", "pm.me",
        ]
        for domain in tagged { rules[domain] = Rule(domain: domain) }
        return rules
    }()

    /// The address that stands for the mailbox; the given one is normalized and stays when nothing is known of its provider.
    static func mailbox(of address: String) -> String {
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")),
            let rule = rules[String(address[address.utf8.index(after: at)...])]
        else { return address }
        var name = address[..<at].prefix { $0 != "+" }
        if rule.ignoresDots { name.removeAll { $0 == "." } }
        return name.isEmpty || name.utf8.first == UInt8(ascii: "\"") ? address : "\(name)@\(rule.domain)"
    }
}
