import Dispatch
import Glibc
import Logging
import Synchronization

/// When a process ends that is to stop, whatever its engines do: before whoever waits ten seconds for that kills it.
///
/// What is not acknowledged by then never was, so nothing is lost by ending in the middle of it.
final class ProcessEnd: Sendable {
    /// After how long what still runs is cancelled.
    static let patience = Duration.milliseconds(8500)
    /// After how long whoever still waits for the log has an answer.
    private static let logPatience = Duration.milliseconds(9000)
    /// After how many seconds the process ends.
    private static let limit = 9.5

    private let began = Mutex<ContinuousClock.Instant?>(nil)
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// By when the log is to be closed; soon, if the process ends without having been told to.
    var logDeadline: ContinuousClock.Instant {
        guard let start = began.withLock({ $0 }) else { return .now + .milliseconds(500) }
        return start + Self.logPatience
    }

    /// Begins to count.
    func begin() {
        began.withLock { $0 = .now }
        end(with: EXIT_SUCCESS)
    }

    /// Begins to count for a process that has failed: something in it may not hear that it is cancelled.
    func fail() { end(with: EXIT_FAILURE) }

    private func end(with status: Int32) {
        // A queue of its own has a thread, though all those of tasks may be blocked.
        DispatchQueue(label: "kith.end").asyncAfter(deadline: .now() + Self.limit) { [logger] in
            logger.warning("Stopped in the middle of something")
            _exit(status)
        }
    }
}
