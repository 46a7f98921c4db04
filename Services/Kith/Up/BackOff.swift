/// How long to wait before a service that ended by itself is started again.
///
/// One that had been at work is missed: it starts again at once. One that ends while it starts would only end again: the
/// pauses double from a quarter of a second to half a minute.
struct BackOff: Sendable, Equatable {
    private static let atWork = Duration.seconds(1)
    private static let shortest = Duration.milliseconds(250)
    private static let longest = Duration.seconds(30)
    private var failedStarts = 0

    /// Notes that the service ended after having run for so long, and says how long to wait.
    mutating func pause(afterRunning time: Duration) -> Duration {
        guard time < Self.atWork else {
            failedStarts = 0
            return .zero
        }
        failedStarts += 1
        return min(Self.longest, Self.shortest * (1 << min(failedStarts - 1, 10)))
    }
}
