public import Events

extension Rules {
    /// An event without some identifiers.
    ///
    /// - Of the values that are equal to an identifier, by the rules of its namespace, those go that make it one of the event's: with
    ///   nothing but one of them left, the event would still name it. So a quantity of 42 stays when `user:42` goes.
    /// - Of an address or a phone number every equal value goes, and also the event's name if it is one.
    /// - With a value goes its key. All other bytes stay as they are.
    public func redacted(_ envelope: EventEnvelope, of identifiers: [Identifier]) -> EventEnvelope {
        identifiers.reduce(envelope) { Redaction(rules: self, identifier: $1).applied(to: $0) }
    }
}

/// Takes one identifier out of events.
private struct Redaction {
    let rules: Rules
    let identifier: Identifier

    func applied(to envelope: EventEnvelope) -> EventEnvelope {
        let equal = places(in: envelope)
        var redacted = cutting(Set(isTelling ? equal : naming(equal, of: envelope)), from: envelope)
        // Whatever a namespace may come to mean, it is not to be left in it.
        if isNamed(by: redacted) { redacted = cutting(Set(equal), from: envelope) }
        if isTelling, let name = envelope.name, isEqual(name, nil) { redacted.header.name = nil }
        return redacted
    }

    /// Whether a value tells by itself what it identifies.
    private var isTelling: Bool { rules[identifier.namespace].normalization != .trimmed }

    private func places(in envelope: EventEnvelope) -> [Int] {
        let country = rules.country(of: envelope)
        return envelope.event.leaves.enumerated().compactMap { place, leaf in
            guard let text = leaf.string ?? leaf.int64.map(String.init), isEqual(text, country) else { return nil }
            return place
        }
    }

    private func isEqual(_ text: String, _ country: PhoneCountry?) -> Bool {
        rules.normalized(identifier.namespace, text, country: country) == identifier
            || (country != nil && rules.normalized(identifier.namespace, text) == identifier)
    }

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
        rules.identities(in: envelope).identifiers.contains(identifier)
    }

    private func cutting(_ leaves: Set<Int>, from envelope: EventEnvelope) -> EventEnvelope {
        guard !leaves.isEmpty,
            let document = try? JSONDocument(envelope.event.cutting(leaves), limits: EventEnvelope.limits)
        else { return envelope }
        return EventEnvelope(header: envelope.header, event: document.root)
    }
}
