import Events
import Logging
import MessageLog
import ServiceKit

/// How large the topics of the log are, how many copies there are of them, and how far behind their consumers.
struct LogMetrics: Sendable {
    private typealias Samples = [(labels: [(String, String)], value: Double)]

    let log: any MessageLog

    func measure(into registry: PrometheusRegistry) async throws {
        var (bytes, records, lags, ages): (Samples, Samples, Samples, Samples) = ([], [], [], [])
        var (wanted, missing): (Samples, Samples) = ([], [])
        let now = SystemClock.now()
        for topic in try await TopicStatus.all(on: log) {
            let label = [("topic", topic.name)]
            bytes.append((label, Double(topic.partitions.reduce(0) { $0 + $1.bytes })))
            records.append((label, topic.partitions.reduce(0) { $0 + Double($1.head) }))
            wanted.append((label, Double(topic.partitions.map(\.replicas.wanted).max() ?? 0)))
            missing.append((label, Double(topic.partitions.map(\.replicas.missing).max() ?? 0)))
            for consumer in topic.consumers where !isNote(consumer) {
                for partition in topic.partitions {
                    let lag = topic.lag(of: consumer, in: partition)
                    let labels = label + [("partition", partition.partition.name), ("consumer", consumer.name)]
                    lags.append((labels, Double(lag)))
                    guard let age = try await age(behind: lag, in: partition, at: now) else { continue }
                    ages.append((labels, age))
                }
            }
        }
        registry.gauge("kith_profile_log_bytes", bytes)
        registry.counter("kith_profile_log_records_total", records)
        registry.gauge("kith_profile_log_replicas", wanted)
        registry.gauge("kith_profile_log_replicas_missing", missing)
        registry.gauge("kith_profile_consumer_lag_records", lags)
        registry.gauge("kith_profile_consumer_oldest_unread_seconds", ages)
    }

    /// Whether it reads nothing itself: it is noted every few minutes for those who read `changes`, who have series of their own.
    private func isNote(_ consumer: ConsumerStatus) -> Bool {
        consumer.name == ChangesHold.consumer
    }

    /// The age of the first record that is not read yet; `nil` where that cannot be read, which is no reason to be silent about the others.
    private func age(behind lag: Int64, in status: PartitionStatus, at now: Timestamp) async throws -> Double? {
        guard lag > 0 else { return 0 }
        do {
            let offset = status.head - Offset(clamping: lag)
            guard let record = try await log.record(at: offset, of: status.partition) else { return 0 }
            return max(0, Double(now.microseconds - record.record.timestamp) / 1e6)
        } catch {
            try Task.checkCancellation()
            Logger.current.warning(
                "The age of a record could not be measured",
                metadata: ["log.partition": "\(status.partition)", "error": "\(error)"]
            )
            return nil
        }
    }
}
