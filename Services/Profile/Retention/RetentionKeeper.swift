import Events
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Removes from the log what need not be kept any more, at the start and every few minutes.
///
/// - The configuration file is read again each time. While it is wrong nothing is removed.
/// - What a consumer has still to read stays, whatever its age; so does all of a topic that nobody has begun to read,
///   since who will read it may not have started yet.
/// - It may be cut short at any place; the next round goes on.
actor RetentionKeeper: Service {
    /// What holds now; while the file is wrong, what it said last.
    private(set) var plan: RetentionPlan

    private let log: any MessageLog
    private let file: RetentionFile
    private let logger: Logger
    private let metrics = RetentionMetrics()
    private var hold = ChangesHold()

    /// Reads the file at the path.
    init(log: any MessageLog, path: String, logger: Logger) throws(RetentionError) {
        self.log = log
        self.logger = logger
        file = RetentionFile(path: path)
        plan = try file.read()
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                while true {
                    await self.round(at: SystemClock.now())
                    try await Task.sleep(for: self.plan.interval)
                }
            }
        } catch is CancellationError {
            // Asked to stop: what may go can go after the next start.
        }
    }

    /// What holds by the file as it is now.
    func currentPlan() -> RetentionPlan {
        // While it is wrong, the next round says so.
        if let plan = try? file.read() { self.plan = plan }
        return plan
    }

    /// Removes what may go at this time.
    func round(at now: Timestamp) async {
        do throws(RetentionError) {
            plan = try file.read()
        } catch {
            metrics.countFailure()
            logger.error(
                "The retention is wrong; nothing is removed from the log until it is right",
                metadata: ["error": "\(error)"]
            )
            return
        }
        for topic in Topic.all { await keep(topic, at: now) }
        metrics.countRound()
    }

    private func keep(_ topic: String, at now: Timestamp) async {
        do throws(MessageLogError) {
            if topic == Topic.events { try await holdEvents() }
            if let limit = plan.limits[topic], try await isRead(topic) {
                try await apply(limit.policy, to: topic, at: now)
            }
        } catch {
            metrics.countFailure()
            logger.error(
                "The retention could not be applied",
                metadata: ["log.topic": "\(topic)", "error": "\(error)"]
            )
        }
    }

    private func apply(_ policy: Retention, to topic: String, at now: Timestamp) async throws(MessageLogError) {
        let before = try await log.partitions(of: topic)
        try await log.applyRetention(policy, to: topic, now: now.microseconds)
        for status in try await log.partitions(of: topic) {
            let first = before.first { $0.partition == status.partition }?.first ?? status.first
            guard status.first > first else { continue }
            metrics.countRemoved(status.first - first, from: topic)
            logger.info(
                "Removed old records from the log",
                metadata: [
                    "log.partition": "\(status.partition)", "records.count": "\(status.first - first)",
                    "log.first": "\(status.first)",
                ]
            )
        }
    }

    /// Dead letters are there for people; every other topic has a consumer, sooner or later.
    private func isRead(_ topic: String) async throws(MessageLogError) -> Bool {
        guard topic != Topic.deadLetters else { return true }
        return try await log.consumers(of: topic).contains { $0.name != ChangesHold.consumer }
    }

    /// Notes on the log up to where those who read `changes` need `events` no more.
    ///
    /// It is only noted where `events` does not stay for ever; but once noted, it is kept up to date.
    private func holdEvents() async throws(MessageLogError) {
        var consumers = try await log.consumers(of: Topic.events)
        let noted = consumers.firstIndex { $0.name == ChangesHold.consumer }.map { consumers.remove(at: $0) }
        guard noted != nil || plan.limits[Topic.events] != nil else { return }
        let moment = ChangesHold.Moment(consumers: consumers, changes: try await log.partitions(of: Topic.changes))
        let readers = try await log.consumers(of: Topic.changes)
        let progress = readers.isEmpty ? nil : hold.advance(to: moment, readers: readers)
        guard noted == nil || progress.map({ $0 != noted?.positions }) ?? false else { return }
        try await log.record(progress: progress ?? [:], of: ChangesHold.consumer, in: Topic.events)
    }
}
