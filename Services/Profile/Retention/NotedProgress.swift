import MessageLog
import Store
import Topics

/// What the log has noted of how far `profile` has come in `events`.
struct NotedProgress {
    let log: any MessageLog
    let consumer: String

    /// Takes back what is noted where the store has not come that far, as when it was lost, restored or built anew.
    ///
    /// Must be done before anything is removed: retention goes by what is noted.
    func correct(to store: any SQLStore) async throws {
        let taken = try await store.read { try ConsumedPosition.all(in: $0) }
        let noted = try await log.consumers(of: Topic.events).first { $0.name == consumer }?.positions ?? [:]
        var corrected: [Partition: Offset] = [:]
        for status in try await log.partitions(of: Topic.events) {
            let place = taken[status.partition.name]?.offset ?? status.first
            if noted[status.partition] ?? 0 > place { corrected[status.partition] = place }
        }
        guard !corrected.isEmpty else { return }
        try await log.record(progress: corrected, of: consumer, in: Topic.events)
    }
}
