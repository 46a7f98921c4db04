import Membership
import ServiceKit

extension NotifierMetrics {
    /// What the names mean.
    static let descriptions = Membership.descriptions(for: "notifier").merging(own) { own, _ in own }

    private static let own = [
        "kith_notifier_commands_total": "Messages that were made.",
        "kith_notifier_dead_letters_total": "Triggers and records that led to nothing.",
        "kith_notifier_duplicates_total": "Messages that were already sent for the same rule, identifier and event.",
        "kith_notifier_rules": "Rules that hold.",
        "kith_notifier_rules_refused_total": "Rules files that were wrong, and not taken.",
        "kith_notifier_waits_total": "Pauses because profile did not answer.",
        "kith_notifier_outbox_records": "Records that wait to be put on the log.",
    ]

    /// Measures what waits to be published.
    static func outbox(of store: NotifierStore) -> Measurement {
        measurement { registry in registry.gauge("kith_notifier_outbox_records", Double(try await store.waiting())) }
    }
}
