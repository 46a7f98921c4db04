import Events

/// What a path stands for.
enum Route: Equatable, Sendable {
    /// Events in the body; `dialect` where the path says whose.
    case events(EventsPath)
    /// One event in the query, answered with an image.
    case pixel(EventCall)
    /// Any JSON, from a system that knows no events.
    case webhook
    /// What Segment's browser library asks for before it starts.
    case settings(key: String)
    /// What RudderStack's browser and mobile libraries ask for before they start.
    case sourceConfig
    /// Feature flags, which there are none of.
    case flags
    /// What PostHog's browser library asks for before it starts.
    case remoteConfig
    /// The same as a script, which it asks for first.
    case remoteScript
    /// Something clients send that is of no use here, and must not fail.
    case ignored
    case script
}

/// A path that takes events.
struct EventsPath: Equatable, Sendable {
    /// How the answer is shaped.
    enum Answer: Equatable, Sendable {
        /// As the body's dialect has it.
        case ofDialect
        /// Results by message id.
        case results
    }

    /// `nil` where two families share the path and the body must say.
    var dialect: Dialect?
    /// What the path says the event is.
    var call: EventCall?
    /// AI traces may be larger.
    var isTrace = false
    var answer = Answer.ofDialect
}

extension Route {
    /// The route of a path: with or without `/v1`, with or without a slash at its end.
    init?(path: String) {
        guard let route = Self.usual[path] ?? Self.parsed(path) else { return nil }
        self = route
    }

    /// The paths that most requests have, so that those are looked up and not parsed.
    private static let usual: [String: Route] = {
        let names =
            EventType.allCases.map(\.rawValue) + ["batch", "import", "t", "p", "i", "g", "a", "s", "b", "e", "i/v0/e"]
        let paths = names.flatMap { ["/v1/\($0)", "/v1/\($0)/", "/\($0)", "/\($0)/"] }
        return Dictionary(uniqueKeysWithValues: paths.compactMap { path in parsed(path).map { (path, $0) } })
    }()

    private static func parsed(_ path: String) -> Route? {
        var parts = path.split(separator: "/")
        if let route = exact[parts.joined(separator: "/")] { return route }
        if parts.first == "v1" { parts.removeFirst() }
        return route(parts)
    }

    /// The paths that are not built from a call's name.
    private static let exact: [String: Route] = [
        "i/v0/e": .posthog, "i/v0/ai/batch": .events(EventsPath(dialect: .posthog, isTrace: true)),
        "i/v0/ai": .events(EventsPath(dialect: .posthog, isTrace: true)),
        "i/v1/analytics/events": .events(EventsPath(dialect: .posthog, answer: .results)),
        "e": .posthog, "capture": .posthog, "engage": .posthog,
        // Shared by two families.
        "batch": .events(EventsPath()), "track": .events(EventsPath(call: .event(.track))),
        "s": .events(EventsPath(call: .event(.screen))),
        "flags": .flags, "decide": .flags, "api/surveys": .flags, "flags/definitions": .flags,
        "sourceConfig": .sourceConfig, "v1/m": .ignored,
    ]

    private static let posthog = Route.events(EventsPath(dialect: .posthog))

    private static func route(_ parts: [Substring]) -> Route? {
        switch parts.count {
        case 1: single(parts[0])
        case 2: pair(parts[0], parts[1])
        case 3: triple(parts[0], parts[1], parts[2])
        default: nil
        }
    }

    private static func single(_ name: Substring) -> Route? {
        switch name {
        // The libraries of Segment for apps and for Java send what happens now to “import”.
        case "batch", "b", "import": .events(EventsPath(dialect: .segment))
        case "events": .events(EventsPath(dialect: .segment, answer: .results))
        case "webhook": .webhook
        case "kith.js": .script
        default: call(name).map { .events(EventsPath(dialect: .segment, call: $0)) }
        }
    }

    private static func pair(_ first: Substring, _ name: Substring) -> Route? {
        switch first {
        case "pixel": call(name).map { .pixel($0) }
        case "beacon": single(name)
        default: nil
        }
    }

    private static func triple(_ first: Substring, _ second: Substring, _ third: Substring) -> Route? {
        switch (first, second, third) {
        case ("pixel", "v1", _): call(third).map { .pixel($0) }
        case ("beacon", "v1", _): single(third)
        case ("projects", _, "settings"): .settings(key: String(second))
        case ("array", _, "config"): .remoteConfig
        case ("array", _, "config.js"): .remoteScript
        default: nil
        }
    }

    /// The calls by name, and by the letter that Segment's browser library uses.
    private static func call(_ name: Substring) -> EventCall? {
        switch name {
        case "t": .event(.track)
        case "p": .event(.page)
        case "i": .event(.identify)
        case "g": .event(.group)
        case "a": .event(.alias)
        case "s": .event(.screen)
        default: EventCall(name)
        }
    }
}
