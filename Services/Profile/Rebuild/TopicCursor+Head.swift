import MessageLog
import ServiceKit

extension TopicCursor {
    /// A cursor behind everything that is on a topic.
    init(atHeadOf topic: String, on log: any MessageLog) async throws {
        let heads = try await log.partitions(of: topic).map { ($0.partition, $0.head) }
        self.init(log: log, topic: topic, positions: Dictionary(uniqueKeysWithValues: heads))
    }
}
