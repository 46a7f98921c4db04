import Metrics

/// What the pipeline counts.
struct PipelineMetrics: Sendable {
    private let events = Counter(label: "kith_profile_events_total")
    private let copies = Counter(label: "kith_profile_duplicates_total")
    private let refused = Counter(label: "kith_profile_dead_letters_total")
    private let changes = Counter(label: "kith_profile_changes_total")
    private let batch = Timer(label: "kith_profile_batch_seconds")
    private let append = Timer(label: "kith_profile_log_append_seconds")

    func note(_ outcome: BatchOutcome, duration: Duration) {
        events.increment(by: outcome.events)
        copies.increment(by: outcome.copies)
        refused.increment(by: outcome.refused)
        changes.increment(by: outcome.changes)
        batch.record(duration: duration)
    }

    func noteAppend(duration: Duration) {
        append.record(duration: duration)
    }
}
