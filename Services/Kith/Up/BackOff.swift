/// How long to wait before a service that ended by itself is started again.
///
/// One that had been at work is missed: it starts again at once. One that ends while it starts would only end again: the pauses
/// double from a quarter of a second to half a minute. One that fails soon after may be getting past what it fails at: they double
/// to five seconds.
struct BackOff: Sendable, Equatable {
    /// After this it had been at work, if somebody ended it.
    private static let started = Duration.seconds(1)
    /// After this it had been at work, also if it failed by itself.
    private static let settled = Duration.seconds(30)
    private static let shortest = Duration.milliseconds(250)
    private static let longest = Duration.seconds(30)
    private static let longestOfStarted = Duration.seconds(5)
    private var failedStarts = 0

    /// Notes how the service ended after having run for so long, and says how long to wait.
    mutating func pause(after ending: Ending, running time: Duration) -> Duration {
        guard time < (ending.isFailure ? Self.settled : Self.started) else {
            failedStarts = 0
            return .zero
        }
        failedStarts += 1
        let longest = time < Self.started ? Self.longest : Self.longestOfStarted
        return min(longest, Self.shortest * (1 << min(failedStarts - 1, 10)))
    }
}
