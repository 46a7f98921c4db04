import MessageLog
import Metrics

/// What is told of the log's size, and of what leaves it.
struct RetentionMetrics: Sendable {
    private let rounds = Counter(label: "kith_log_retention_rounds_total")
    private let failures = Counter(label: "kith_log_retention_failures_total")

    func record(_ partitions: [PartitionStatus], of topic: String) {
        Gauge(label: "kith_log_bytes", dimensions: [("topic", topic)]).record(partitions.reduce(0) { $0 + $1.bytes })
    }

    func countRemoved(_ records: Offset, from topic: String) {
        Counter(label: "kith_log_removed_records_total", dimensions: [("topic", topic)])
            .increment(by: Int64(clamping: records))
    }

    func countRound() {
        rounds.increment()
    }

    func countFailure() {
        failures.increment()
    }
}
