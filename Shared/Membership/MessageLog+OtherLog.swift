import Logging
public import MessageLog

extension MessageLog {
    /// Throws ``MembershipError/otherLog(store:)`` unless a store was made with this log.
    ///
    /// By mistake two installations may name one database: each would do the other's work, and put what comes of it on its own log.
    /// And who goes on with another log in an old data directory would show what is not on it.
    ///
    /// - Parameter read: The partitions that were read for the store, each in the life in which it was; a new store has none.
    public func check(
        isThatOf store: String,
        read: [Partition: LogEpoch],
        patience: Duration = .seconds(30)
    ) async throws {
        let limit = ContinuousClock.now + patience
        var isTold = false
        while !read.isEmpty {
            let present = try await lives(in: Set(read.keys.map(\.topic)))
            let common = read.filter { present[$0.key] != nil }
            if !common.isEmpty, common.allSatisfy({ present[$0.key] == $0.value }) { return }
            // A server that was just started may not know of its partitions yet.
            guard common.isEmpty, ContinuousClock.now < limit else { throw MembershipError.otherLog(store: store) }
            if !isTold {
                Logger.current.warning("The log shows nothing of the store yet", metadata: ["store": "\(store)"])
            }
            isTold = true
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func lives(in topics: Set<String>) async throws -> [Partition: LogEpoch] {
        var lives: [Partition: LogEpoch] = [:]
        for topic in topics {
            for status in try await partitions(of: topic) { lives[status.partition] = status.epoch }
        }
        return lives
    }
}
