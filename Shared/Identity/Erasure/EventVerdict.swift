public import Events

/// What becomes of an event where persons are to be forgotten.
public enum EventVerdict: Sendable, Equatable {
    /// It has nothing to do with any of them.
    case keep
    /// It is the event of one of them.
    case drop
    /// It is somebody else's, and has these identifiers of theirs.
    case redact([Identifier])
}

extension Rules {
    /// Whose an event is, where some identifiers are those of persons who are to be forgotten.
    ///
    /// It is the event of whom its strongest identifier belongs to, as in the profile store: a login comes before a mail
    /// address, that before a phone number, and a device is last. So an address to which an order goes, or which a trait gives, is
    /// only mentioned where a login says who it was; where nothing but a device does, the address says it.
    ///
    /// 1. The strongest identifier is suppressed: `drop`.
    /// 2. It is a device that is not, but another one of the event's devices is: `drop`, since a new advertising id does not make
    ///    another person of who uses an installation.
    /// 3. An alias says that it is the same as an identifier that is suppressed and no device: `drop`. It is the person under
    ///    a new name. That somebody logs in on a device of the person's says nothing of the kind.
    /// 4. Otherwise the event is somebody else's: `redact`, if any other identifier of it is suppressed, or if it has a suppressed mail
    ///    address anywhere as a whole value, as messages list who else got them.
    /// 5. Otherwise `keep`.
    ///
    /// Events that belong to a person although their strongest identifier is another's, as by what was made of a shared
    /// one, cannot be told from the event alone.
    public func verdict(on envelope: EventEnvelope, suppressed: (Identifier) -> Bool) -> EventVerdict {
        let facts = identities(in: envelope)
        let named = facts.identifiers.indices.filter { suppressed(facts.identifiers[$0]) }
        if !named.isEmpty, isOwner(oneOf: named, of: facts) { return .drop }
        var found = named.map { facts.identifiers[$0] }
        found += addresses(in: envelope.event, besides: facts.identifiers).filter(suppressed).sorted()
        return found.isEmpty ? .keep : .redact(found)
    }

    private func isOwner(oneOf named: [Int], of facts: EventFacts) -> Bool {
        if named.contains(0) || facts.isOfDevice { return true }
        return facts.links.contains { link in
            let isDevice = self[facts.identifiers[link.right].namespace].isDevice
            return link.left == 0 && link.strength.isAlias && !isDevice && named.contains(link.right)
        }
    }

    /// The mail addresses that are whole values inside a value, wherever they stand, each once; but not those that are known.
    public func addresses(in event: JSONView, besides known: [Identifier] = []) -> Set<Identifier> {
        guard event.raw.mayHaveAddress else { return [] }
        let kinds = namespaces.filter { $0.value.normalization == .email }.keys
        var addresses: Set<Identifier> = []
        for leaf in event.leaves where leaf.kind == .string && leaf.raw.mayHaveAddress {
            guard let text = leaf.string, text.utf8.contains(UInt8(ascii: "@")) else { continue }
            for kind in kinds where !known.contains(Identifier(kind, text)) {
                if let address = normalized(kind, text), !known.contains(address) { addresses.insert(address) }
            }
        }
        return addresses
    }
}

extension ArraySlice<UInt8> {
    /// Whether a mail address may be in it; an escape may stand for its sign.
    fileprivate var mayHaveAddress: Bool {
        withUnsafeBufferPointer { $0.contains { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "\\") } }
    }
}
