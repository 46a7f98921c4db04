import Events

/// What the notifier must know of a person to write to them.
protocol ProfileReading: Sendable {
    /// The profile that an identifier, as `namespace:value`, or a profile's id leads to.
    func profile(named reference: String) async -> ProfileAnswer
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
