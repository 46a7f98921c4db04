import MessageLog
import ServiceKit
import Topics

/// How much of each topic is kept.
///
/// ```yaml
/// retention:
///   changes: {age: 90d, size: 10GB}
///   dead-letters: forever
/// ```
struct RetentionPlan: Sendable, Equatable {
    /// What of a topic may go: what exceeds either limit.
    struct Limit: Sendable, Equatable {
        var age: Period?
        /// For each partition.
        var size: ByteCount?

        var policy: Retention { Retention(age: age?.microseconds, bytes: size?.bytes) }
    }

    /// By topic; one that is not named is kept for ever.
    var limits: [String: Limit]

    /// What holds when nothing else is said.
    ///
    /// What everybody concerned has read, or had a quarter of a year to read, goes; `events` and `control`, which
    /// everything else follows from, stay.
    static let standard = RetentionPlan(limits: [
        Topic.changes: Limit(age: Period(seconds: 30 * 86_400)),
        Topic.commands: Limit(age: Period(seconds: 30 * 86_400)),
        Topic.deadLetters: Limit(age: Period(seconds: 90 * 86_400)),
    ])

    /// How often to look what may go: every five minutes, or as often as the shortest age wants it.
    var interval: Duration {
        let ages = limits.values.compactMap { $0.age?.seconds }
        return .seconds(min(300, ages.min() ?? 300))
    }
}
