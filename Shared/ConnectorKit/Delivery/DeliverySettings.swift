/// How commands are delivered to a destination, whatever its type.
public struct DeliverySettings: Sendable, Equatable {
    /// When to try again.
    public var retry: RetryPolicy
    /// How many deliveries may be under way at once.
    public var concurrency: Int

    /// The settings that every destination knows.
    public static let fields: [SettingField] = [
        .optional("retryFirst", "The pause after the first failed attempt; it doubles with each.", default: "5s"),
        .optional("retryLongest", "The longest pause between attempts.", default: "1h"),
        .optional("concurrency", "How many deliveries may be under way at once.", default: "4"),
    ]

    /// Reads them from a destination's settings.
    public init(_ settings: Settings) throws(SettingsError) {
        retry = RetryPolicy(
            first: try Self.pause("retryFirst", settings),
            longest: try Self.pause("retryLongest", settings)
        )
        concurrency = try settings.requiredInteger("concurrency", in: 1...64)
    }

    private static func pause(_ name: String, _ settings: Settings) throws(SettingsError) -> Duration {
        let pause = try settings.requiredDuration(name)
        guard pause > .zero else {
            throw .invalid(name, reason: "is zero: what failed would be tried again and again without a pause")
        }
        return pause
    }
}
