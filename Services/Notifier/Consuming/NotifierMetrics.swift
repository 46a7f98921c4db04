import Metrics

/// What the notifier counts.
struct NotifierMetrics: Sendable {
    private let commands = Counter(label: "kith_notifier_commands_total")
    private let deadLetters = Counter(label: "kith_notifier_dead_letters_total")
    private let duplicates = Counter(label: "kith_notifier_duplicates_total")
    private let rules = Gauge(label: "kith_notifier_rules")
    private let refusedFiles = Counter(label: "kith_notifier_rules_refused_total")

    func count(_ batch: HandledBatch) {
        commands.increment(by: batch.commands.count)
        deadLetters.increment(by: batch.deadLetters.count)
        duplicates.increment(by: batch.duplicates)
    }

    func record(rules count: Int) {
        rules.record(count)
    }

    func countRefusedFile() {
        refusedFiles.increment()
    }
}
