/// How long to wait before a service that ended by itself is started again: 1, 2, 4 … 30 seconds.
///
/// A service that ran for a minute has recovered: the next pause is the shortest again.
struct BackOff: Sendable, Equatable {
    private static let longest = Duration.seconds(30)
    private var endings = 0

    /// Notes that the service ended after having run for so long, and says how long to wait.
    mutating func pause(afterRunning time: Duration) -> Duration {
        if time >= .seconds(60) { endings = 0 }
        endings += 1
        return min(BackOff.longest, .seconds(1 << min(endings - 1, 5)))
    }
}
