import Events

/// What the notifier must know of a person to write to them.
protocol ProfileReading: Sendable {
    func profile(of identifier: Identifier) async -> ProfileAnswer
}

/// What came of asking for a profile.
enum ProfileAnswer: Sendable {
    case found(JSONView)
    case notFound
    /// There is one, with more in it than a message can be made of.
    case tooLarge
    /// Ask again later.
    case unavailable(reason: String)
}
