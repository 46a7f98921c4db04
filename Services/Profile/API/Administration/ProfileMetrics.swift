import Membership
import MessageLog
import ServiceKit
import Store

/// What is looked up of the log, its consumers and the store when somebody asks for the metrics.
struct ProfileMetrics: Sendable {
    let log: any MessageLog
    let store: StoreInUse

    /// What the names mean.
    static let descriptions = Membership.descriptions(for: "profile").merging(own) { own, _ in own }

    private static let own = [
        "kith_profile_events_total": "Events that were taken in.",
        "kith_profile_duplicates_total": "Copies of events that were there already.",
        "kith_profile_dead_letters_total": "Records that were refused.",
        "kith_profile_changes_total": "Changes of profiles that were told.",
        "kith_profile_batch_seconds": "Time from reading a batch until all that follows from it was on the log.",
        "kith_profile_outbox_appends": "Appends that wait to be put on the log.",
        "kith_profile_log_bytes": "Size of a topic on the log.",
        "kith_profile_log_records_total": "Records that were ever put on a topic.",
        "kith_profile_log_replicas": "Copies that there should be of a topic.",
        "kith_profile_log_replicas_missing": "Copies that are missing of the partition that has the fewest.",
        "kith_profile_log_removed_records_total": "Records that retention has removed.",
        "kith_profile_log_retention_rounds_total": "Times that retention went over the log.",
        "kith_profile_log_retention_failures_total": "Times that retention failed.",
        "kith_profile_consumer_lag_records": "Records of a partition that a consumer has still to read.",
        "kith_profile_consumer_oldest_unread_seconds":
            "Age of the oldest record that a consumer has still to read; 0 when there is none.",
    ]

    var measurements: [Measurement] {
        [
            measurement { try await LogMetrics(log: log).measure(into: $0) },
            measurement { try await measureStore(into: $0) },
        ]
    }

    private func measureStore(into registry: PrometheusRegistry) async throws {
        let waiting = try await store.view.reader.read { db in
            try db.first("SELECT count(*) FROM outbox") { $0[0] as Int64 } ?? 0
        }
        registry.gauge("kith_profile_outbox_appends", Double(waiting))
    }
}
