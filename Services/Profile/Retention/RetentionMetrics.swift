import MessageLog
import Metrics

/// What is told of the log's size, and of what leaves it.
struct RetentionMetrics: Sendable {
    private let rounds = Counter(label: "kith_profile_log_retention_rounds_total")
    private let failures = Counter(label: "kith_profile_log_retention_failures_total")

    func countRemoved(_ records: Offset, from topic: String) {
        Counter(label: "kith_profile_log_removed_records_total", dimensions: [("topic", topic)])
            .increment(by: Int64(clamping: records))
    }

    func countRound() {
        rounds.increment()
    }

    func countFailure() {
        failures.increment()
    }
}
