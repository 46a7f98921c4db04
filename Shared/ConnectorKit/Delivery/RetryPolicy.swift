public import Events

/// When to try again what did not work: twice as long after each attempt, with jitter, and not for ever.
public struct RetryPolicy: Sendable, Equatable {
    /// The pause after the first attempt.
    public var first: Duration
    /// The longest pause.
    public var longest: Duration

    /// What to do next.
    public enum Decision: Equatable, Sendable {
        /// Try again at this time.
        case retry(at: Timestamp)
        /// The next attempt would come too late.
        case giveUp
    }

    /// A policy of its parts.
    public init(first: Duration = .seconds(5), longest: Duration = .seconds(3600)) {
        self.first = first
        self.longest = longest
    }

    /// Decides after the given number of attempts; `random` is from 0 to 1 and takes up to half of the pause away.
    ///
    /// What the other side asked for is kept to, even when it is longer than the longest pause.
    public func decide(
        after attempts: Int,
        at now: Timestamp,
        notAfter: Timestamp,
        asked: Duration?,
        random: Double
    ) -> Decision {
        let pause = max(pause(after: attempts, random: random), asked ?? .zero)
        let next = Timestamp(microseconds: now.microseconds + pause.microseconds)
        return next < notAfter ? .retry(at: next) : .giveUp
    }

    /// How long to wait after the given number of attempts; `random` is from 0 to 1 and takes up to half of it away.
    public func pause(after attempts: Int, random: Double) -> Duration {
        let doublings = min(max(attempts - 1, 0), 30)
        let pause = min(first * (1 << doublings), longest)
        return pause * (1 - random / 2)
    }
}

extension Duration {
    /// Whole microseconds.
    public var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
