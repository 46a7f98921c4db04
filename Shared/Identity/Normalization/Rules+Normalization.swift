public import Events

extension Rules {
    /// The identifier in the form that it is compared in; `nil` when the value identifies nobody or is none of its kind.
    ///
    /// - A value of any namespace is brought to Unicode's normalization form KC, since stores compare bytes and people do
    ///   not: full-width digits and letters become plain, half-width kana full-width, and jamo or accents are composed.
    ///   That holds for opaque ids too: systems that hand out ids that differ in nothing else are not known, and systems
    ///   that pass on the same id in another of these forms are.
    /// - White space and invisible characters around it are taken away. Letters keep their case, except in addresses.
    /// - A namespace has that form as well: systems that write its name otherwise do not mean another one.
    /// - What ``NamespaceRule/normalization`` makes of it has one form: normalizing that again changes nothing.
    ///
    /// - Parameter country: Where the person lives, for a phone number that is written without a calling code; the
    ///   configured one when not known.
    public func normalized(_ namespace: String, _ value: String, country: PhoneCountry? = nil) -> Identifier? {
        normalized(namespace, value, by: self[namespace], country: country)
    }

    /// The same for who knows the namespace's rule.
    func normalized(_ namespace: String, _ value: String, by rule: NamespaceRule, country: PhoneCountry?) -> Identifier?
    {
        guard let value = tidied(value), !rule.isJunk(value),
            let form = form(of: value, rule.normalization, country), form.utf8.count <= identifierBytes
        else { return nil }
        return rule.isJunk(form) ? nil : Identifier(Self.namespaceForm(namespace), form)
    }

    /// A namespace's name with plain characters in the place of compatible ones (NFKC), as every identifier has it.
    public static func namespaceForm(_ name: String) -> String { UnicodeForm.compatible(name) }

    /// The normal form of an identifier; `nil` when its value identifies nobody.
    public func normalized(_ identifier: Identifier) -> Identifier? {
        normalized(identifier.namespace, identifier.value)
    }

    private func form(
        of value: String,
        _ normalization: NamespaceRule.Normalization,
        _ country: PhoneCountry?
    ) -> String? {
        switch normalization {
        case .trimmed: JunkValues.contains(value) ? nil : value
        case .email: EmailAddress.normalized(value, foldsMailboxes: foldsMailboxes)
        case .phone: PhoneNumber.normalized(value, country: country?.code ?? self.country)
        }
    }

    /// In normalization form KC and without white space around it; `nil` when it is empty or too long.
    private func tidied(_ value: String) -> String? {
        var value = Trimming.trimmed(value)
        if !value.utf8.isASCII {
            // The form may be shorter, but by how much has its bounds, and making it takes time.
            guard value.utf8.count / 4 <= identifierBytes else { return nil }
            value = Trimming.trimmed(UnicodeForm.compatible(value))
        }
        return value.isEmpty || value.utf8.count > identifierBytes ? nil : value
    }
}
