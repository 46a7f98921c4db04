import Events
import MessageLog
import ServiceKit
import Topics

/// Brings the store and the log together again at the start.
struct Recovery: Sendable {
    private static let topics = [Topic.commands, Topic.deadLetters]

    let log: any MessageLog
    let store: NotifierStore
    /// The name that it consumes under.
    let consumer: String
    /// How long a partition may take to show its end, after a power cut.
    var patience: Duration = .seconds(30)

    /// Must run before anything is consumed or published.
    func run() async throws {
        for topic in Self.topics {
            let last = try await log.lastSequence(of: topic)
            // It was appended, and the process ended before it could note that.
            try await store.published(topic, through: last)
            try await store.continueIDs(after: last)
        }
        let known = try await store.positions()
        let recorded = try await recordedPositions(isLost: known.isEmpty)
        guard isBehind(known, recorded) else { return }
        try await store.remember(try await sent(), positions: recorded, at: SystemClock.now())
    }

    /// Whether the store was lost, or is one from before: it knows less than it has told, or nothing.
    private func isBehind(_ known: [Partition: Position], _ recorded: [Partition: Position]) -> Bool {
        known.isEmpty || recorded.contains { partition, position in position.next > known[partition]?.next ?? 0 }
    }

    /// What was sent is on the log.
    private func sent() async throws -> [OnceKey] {
        var keys: [OnceKey] = []
        // Whoever has sent them: other notifiers have worked with the same store.
        var cursor = TopicCursor(log: log, topic: Topic.commands)
        while case let records = try await cursor.next(), !records.isEmpty {
            keys += records.compactMap { record in
                (try? Command(decoding: record.record.value)).map { OnceKey(stored: $0.id) }
            }
        }
        return keys
    }

    /// How far the store had read when that was last told.
    ///
    /// A partition that has not come as far as was told has been begun anew since then, and nothing of it was read; where the store
    /// was not lost, it is only not shown to its end yet.
    private func recordedPositions(isLost: Bool) async throws -> [Partition: Position] {
        let consumers = try await log.consumers(of: Topic.changes)
        guard let own = consumers.first(where: { $0.name == consumer }) else { return [:] }
        var positions: [Partition: Position] = [:]
        let patience = isLost ? patience : .zero
        for status in try await log.partitions(of: Topic.changes, reaching: own.positions, patience: patience) {
            guard let told = own.positions[status.partition] else { continue }
            let next = told <= status.head ? told : isLost ? 0 : status.head
            positions[status.partition] = Position(epoch: status.epoch, next: next)
        }
        return positions
    }
}
