import MessageLog
import Synchronization
import TestKit

/// A log whose servers do not answer the first questions for its partitions.
final class AwayLog: WrappedLog {
    let log: InMemoryLog
    private let left: Mutex<Int>

    init(_ log: InMemoryLog, for questions: Int = .max) {
        self.log = log
        left = Mutex(questions)
    }

    func partitions(of topic: String) async throws(MessageLogError) -> [PartitionStatus] {
        let isAway = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard !isAway else { throw .unavailable(reason: "No NATS server answered in time.") }
        return try await log.partitions(of: topic)
    }
}
