public import Events

/// What the expressions of a manifest can see besides their input; `docs/connectors.md` says what is there when.
public struct Scope: Sendable {
    /// The variables' names, as every expression is compiled with them.
    static let names = [
        "settings", "now", "since", "page", "each", "token", "headers", "query", "command", "identifier",
    ]

    private(set) var values: [String: JSONValue]

    /// A scope in which only the settings and the time are known.
    public init(settings: JSONValue, now: Timestamp) {
        values = ["settings": settings, "now": .string(now.description)]
    }

    /// The same with one more value known.
    func with(_ name: String, _ value: JSONValue?) -> Scope {
        var scope = self
        scope.values[name] = value
        return scope
    }
}
