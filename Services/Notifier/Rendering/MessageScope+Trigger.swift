import Events
import Identity
import Topics

extension MessageScope {
    /// What a template may speak of when this rule is set off by this event of this person.
    init(trigger: Trigger, profile: JSONView, envelope: EventEnvelope, rules: Rules) {
        let identifiers = profile["identifiers"]?.elements.compactMap { KnownIdentifier(json: $0) } ?? []
        let traits = profile["traits"]?.value ?? [:]
        let stated = MessageScope.stated(in: traits, among: identifiers, rules)
        self.init(fields: [
            "rule": .string(trigger.rule.name),
            "identifier": MessageScope.object(trigger.event.anchor),
            "identifiers": .object(MessageScope.best(of: identifiers, anchor: trigger.event.anchor, stated: stated)),
            "profile": [
                "id": profile["id"]?.value ?? .null, "firstSeen": profile["firstSeen"]?.value ?? .null,
                "lastSeen": profile["lastSeen"]?.value ?? .null, "traits": traits,
                "identifiers": .array(identifiers.map { MessageScope.object($0.identifier) }),
            ],
            "event": MessageScope.event(envelope),
        ])
    }

    private static func event(_ envelope: EventEnvelope) -> JSONValue {
        var fields: [String: JSONValue] = [
            "type": .string(envelope.type.rawValue), "time": .string(envelope.timestamp.description),
            "messageId": .string(envelope.messageID), "source": .string(envelope.source),
        ]
        fields["name"] = envelope.name.map(JSONValue.string)
        for name in ["properties", "traits", "context", "userId", "anonymousId", "groupId"] {
            fields[name] = envelope.event[name]?.value
        }
        return .object(fields)
    }

    /// The best identifier of each namespace: the one the event is anchored to, else the one that the trait of that name
    /// holds, else the last seen; one that several people share is no one's.
    private static func best(
        of identifiers: [KnownIdentifier],
        anchor: Identifier,
        stated: Set<Identifier>
    ) -> [String: JSONValue] {
        var best: [String: KnownIdentifier] = [:]
        for identifier in identifiers where !identifier.isShared {
            let namespace = identifier.identifier.namespace
            let rank = identifier.rank(anchor: anchor, stated: stated)
            if let known = best[namespace], known.rank(anchor: anchor, stated: stated) >= rank { continue }
            best[namespace] = identifier
        }
        return best.mapValues { .string($0.identifier.value) }
    }

    /// What the traits of the namespaces' names hold: as it was written, and in the form in which identifiers are kept.
    private static func stated(in traits: JSONValue, among known: [KnownIdentifier], _ rules: Rules) -> Set<Identifier>
    {
        let namespaces = Set(known.map(\.identifier.namespace))
        let stated = namespaces.flatMap { namespace -> [Identifier] in
            guard case .string(let text)? = traits[namespace] else { return [] }
            // Some namespaces keep their values in lower case, and others as they are.
            let written = [text, text.lowercased()].map { Identifier(namespace, $0) }
            return written + [rules.normalized(namespace, text)].compactMap { $0 }
        }
        return Set(stated)
    }

    private static func object(_ identifier: Identifier) -> JSONValue {
        ["namespace": .string(identifier.namespace), "value": .string(identifier.value)]
    }
}

/// An identifier as the query API shows it.
private struct KnownIdentifier {
    let identifier: Identifier
    let lastSeen: Timestamp
    let isShared: Bool

    init?(json: JSONView) {
        guard let namespace = json["namespace"]?.string, let value = json["value"]?.string else { return nil }
        identifier = Identifier(namespace, value)
        lastSeen = json["lastSeen"]?.timestamp ?? .earliest
        isShared = json["shared"]?.bool ?? false
    }

    func rank(anchor: Identifier, stated: Set<Identifier>) -> Rank {
        let weight = identifier == anchor ? 2 : stated.contains(identifier) ? 1 : 0
        return Rank(weight: weight, lastSeen: lastSeen, value: identifier.value)
    }

    struct Rank: Comparable {
        var weight: Int
        var lastSeen: Timestamp
        var value: String

        static func < (left: Rank, right: Rank) -> Bool {
            (left.weight, left.lastSeen, left.value) < (right.weight, right.lastSeen, right.value)
        }
    }
}
