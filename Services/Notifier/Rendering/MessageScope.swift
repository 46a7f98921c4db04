import Events

/// What a template may speak of.
///
/// | name | what |
/// |---|---|
/// | `profile.id`, `profile.firstSeen`, `profile.lastSeen` | the profile |
/// | `profile.traits.…` | its traits |
/// | `identifiers.email` | its identifier of that namespace; of several the one the event is anchored to, else the last seen |
/// | `profile.identifiers` | all of them, each with `namespace` and `value` |
/// | `event.name`, `event.time`, `event.messageId`, `event.source` | the event |
/// | `event.properties.…`, `event.traits.…`, `event.context.…` | what it carries |
/// | `identifier.namespace`, `identifier.value` | the identifier that the event is anchored to |
/// | `rule` | the rule's name |
struct MessageScope: Sendable, Equatable {
    /// Everything as one JSON object.
    let fields: JSONValue

    init(fields: JSONValue) {
        self.fields = fields
    }

    /// The value at a dotted path; a key that really has the dots comes first.
    func value(at path: String) -> JSONValue? {
        MessageScope.value(at: path[...], in: fields)
    }

    /// The fields as the template library takes them; null is left out, so that it counts as missing.
    var values: Any { MessageScope.plain(fields) ?? [String: Any]() }

    private static func value(at path: Substring, in value: JSONValue) -> JSONValue? {
        if let whole = value[String(path)] { return whole }
        guard let dot = path.firstIndex(of: "."), let next = value[String(path[..<dot])] else { return nil }
        return self.value(at: path[path.index(after: dot)...], in: next)
    }

    private static func plain(_ value: JSONValue) -> Any? {
        switch value {
        case .null: nil
        case .bool(let flag): flag
        // As it was written: 2.10 stays 2.10.
        case .number(let number): number.text
        case .string(let text): text
        case .array(let elements): elements.compactMap(plain)
        case .object(let members): members.compactMapValues(plain)
        }
    }
}
