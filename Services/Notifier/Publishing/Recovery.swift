import Events
import MessageLog
import ServiceKit
import Topics

/// Brings the store and the log together again at the start.
struct Recovery: Sendable {
    private static let topics = [Topic.commands, Topic.deadLetters]

    let log: any MessageLog
    let store: NotifierStore
    /// The lane that this notifier writes, and the name it consumes under.
    let instance: String

    /// Must run before anything is consumed or published.
    func run() async throws {
        for topic in Self.topics {
            let last = try await log.lastSequence(of: topic)
            // It was appended, and the process ended before it could note that.
            try await store.published(topic, through: last)
            try await store.continueIDs(after: last)
        }
        if try await store.isNew() { try await restore() }
    }

    /// A store that was lost: what was sent is on the log, and so is how far it had read.
    private func restore() async throws {
        let lane = Partition(topic: Topic.commands, name: instance)
        var keys: [OnceKey] = []
        var cursor = try await cursor(of: lane)
        while case let records = try await cursor?.next() ?? [], !records.isEmpty {
            keys += records.compactMap { record in
                guard record.partition == lane, let command = try? Command(decoding: record.record.value) else {
                    return nil
                }
                return OnceKey(stored: command.id)
            }
        }
        try await store.remember(keys, positions: try await recordedPositions(), at: SystemClock.now())
    }

    private func cursor(of lane: Partition) async throws -> TopicCursor? {
        let lanes = try await log.partitions(of: lane.topic)
        guard lanes.contains(where: { $0.partition == lane }) else { return nil }
        // Other services' lanes count as read.
        let others = lanes.filter { $0.partition != lane }.map { ($0.partition, $0.head) }
        return TopicCursor(log: log, topic: lane.topic, positions: Dictionary(uniqueKeysWithValues: others))
    }

    private func recordedPositions() async throws -> [Partition: Position] {
        let consumers = try await log.consumers(of: Topic.changes)
        guard let own = consumers.first(where: { $0.name == instance }) else { return [:] }
        var positions: [Partition: Position] = [:]
        for status in try await log.partitions(of: Topic.changes) {
            guard let next = own.positions[status.partition] else { continue }
            positions[status.partition] = Position(epoch: status.epoch, next: min(next, status.head))
        }
        return positions
    }
}
