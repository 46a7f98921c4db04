public import Events

extension Rules {
    /// The same rules, but that values are brought to the forms that others bring them to.
    ///
    /// That is the country of phone numbers, whether mailboxes are folded, and how each namespace is normalized.
    public func inForms(of others: Rules) -> Rules {
        var rules = self
        rules.country = others.country
        rules.foldsMailboxes = others.foldsMailboxes
        rules.other.normalization = others.other.normalization
        rules.contact.normalization = others.contact.normalization
        for name in [namespaces.keys, others.namespaces.keys].joined() {
            var rule = rules[name]
            guard rule.normalization != others[name].normalization else { continue }
            rule.normalization = others[name].normalization
            rules.namespaces[name] = rule
        }
        return rules
    }

    /// The mailbox that a mail address is another spelling of, as its provider says; `nil` for a mailbox itself, and all else.
    ///
    /// The address has the form of these rules.
    public func mailbox(of identifier: Identifier) -> Identifier? {
        guard self[identifier.namespace].normalization == .email else { return nil }
        let mailbox = Identifier(identifier.namespace, MailProvider.mailbox(of: identifier.value))
        return mailbox == identifier ? nil : mailbox
    }
}
