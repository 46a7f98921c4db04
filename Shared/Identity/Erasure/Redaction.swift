public import Events

extension Rules {
    /// An event without some identifiers.
    ///
    /// - Of the values that are equal to an identifier, by the rules of its namespace, those go that make it one of the event's: with
    ///   nothing but one of them left, the event would still name it. So a quantity of 42 stays when `user:42` goes.
    /// - Of an address or a phone number every equal value goes, and also the event's name if it is one.
    /// - With a value goes its key. All other bytes stay as they are.
    public func redacted(_ envelope: EventEnvelope, of identifiers: [Identifier]) -> EventEnvelope {
        let telling = Redaction(rules: self, identifiers: Set(identifiers.filter(isTelling)))
        return identifiers.filter { !isTelling($0) }.reduce(telling.applied(to: envelope)) { envelope, identifier in
            Redaction(rules: self, identifiers: [identifier]).applied(to: envelope)
        }
    }

    /// Whether a value tells by itself what it identifies.
    fileprivate func isTelling(_ identifier: Identifier) -> Bool {
        self[identifier.namespace].normalization != .trimmed
    }
}

/// Takes identifiers out of events: one, or all at once whose values tell what they identify, as an event may list many.
private struct Redaction {
    let rules: Rules
    let identifiers: Set<Identifier>
    private let namespaces: Set<String>
    private let areTelling: Bool

    init(rules: Rules, identifiers: Set<Identifier>) {
        self.rules = rules
        self.identifiers = identifiers
        namespaces = Set(identifiers.map(\.namespace))
        areTelling = identifiers.allSatisfy(rules.isTelling)
    }

    func applied(to envelope: EventEnvelope) -> EventEnvelope {
        if identifiers.isEmpty { return envelope }
        let equal = places(in: envelope)
        var redacted = cutting(Set(areTelling ? equal : naming(equal, of: envelope)), from: envelope)
        // Whatever a namespace may come to mean, it is not to be left in it.
        if isNamed(by: redacted) { redacted = cutting(Set(equal), from: envelope) }
        if areTelling, let name = envelope.name, isEqual(name, nil) { redacted.header.name = nil }
        return redacted
    }

    private func places(in envelope: EventEnvelope) -> [Int] {
        let country = rules.country(of: envelope)
        return envelope.event.leaves.enumerated().compactMap { place, leaf in
            guard let text = leaf.string ?? leaf.int64.map(String.init), isEqual(text, country) else { return nil }
            return place
        }
    }

    private func isEqual(_ text: String, _ country: PhoneCountry?) -> Bool {
        namespaces.contains { namespace in
            isOne(rules.normalized(namespace, text, country: country))
                || (country != nil && isOne(rules.normalized(namespace, text)))
        }
    }

    private func isOne(_ identifier: Identifier?) -> Bool { identifier.map(identifiers.contains) ?? false }

    /// Those of some equal values that name the identifier each alone.
    ///
    /// What none of a set can do together no single one can, so that few of them cost few looks at the event.
    private func naming(_ equal: [Int], of envelope: EventEnvelope) -> [Int] {
        var naming: [Int] = []
        var open = [equal[...]]
        while let part = open.popLast() {
            guard !part.isEmpty, isNamed(by: cutting(Set(equal).subtracting(part), from: envelope)) else { continue }
            if part.count == 1 {
                naming += part
            } else {
                open += [part.prefix(part.count / 2), part.dropFirst(part.count / 2)]
            }
        }
        return naming
    }

    private func isNamed(by envelope: EventEnvelope) -> Bool {
        rules.identities(in: envelope).identifiers.contains(where: identifiers.contains)
    }

    private func cutting(_ leaves: Set<Int>, from envelope: EventEnvelope) -> EventEnvelope {
        guard !leaves.isEmpty,
            let document = try? JSONDocument(envelope.event.cutting(leaves), limits: EventEnvelope.limits)
        else { return envelope }
        return EventEnvelope(header: envelope.header, event: document.root)
    }
}
