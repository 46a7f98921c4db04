import Logging
import Metrics

/// How long to wait for what does not answer: 0.1, 0.2, 0.4 … 30 seconds, and so on until it does.
struct Patience: Sendable {
    private let logger: Logger
    private let waits = Counter(label: "kith_notifier_waits_total")

    init(logger: Logger) {
        self.logger = logger
    }

    /// Waits; throws when the task is cancelled meanwhile.
    func wait(attempt: Int, because reason: String) async throws {
        waits.increment()
        let pause = Patience.pause(attempt: attempt)
        // The first few are a service that starts; after that somebody may have to do something.
        if attempt == 5 || attempt > 5 && attempt.isMultiple(of: 20) {
            logger.warning("Waiting for profile", metadata: ["error": "\(reason)", "attempts": "\(attempt)"])
        }
        try await Task.sleep(for: pause)
    }

    static func pause(attempt: Int) -> Duration {
        min(.seconds(30), .milliseconds(100 << min(max(attempt, 1) - 1, 10)))
    }
}
