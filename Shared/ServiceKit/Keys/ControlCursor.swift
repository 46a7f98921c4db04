import Logging
public import MessageLog
public import Topics

/// A place on topic `control`, moving forward as decisions are read.
public struct ControlCursor: Sendable {
    private var cursor: TopicCursor
    private let logger: Logger?

    /// A cursor at the beginning; a logger is warned of what is not known here, as a newer version may say.
    public init(log: any MessageLog, logger: Logger? = nil) {
        cursor = TopicCursor(log: log, topic: Topic.control)
        self.logger = logger
    }

    /// The next offset to read of each partition.
    public var positions: [Partition: Offset] { cursor.positions }

    /// The next decisions, without what says nothing here or any more; `nil` when there is nothing new.
    public mutating func next() async throws(MessageLogError) -> [ControlRecord]? {
        let records = try await cursor.next()
        return records.isEmpty ? nil : records.compactMap(decision)
    }

    private func decision(_ stored: StoredRecord) -> ControlRecord? {
        do throws(TopicError) {
            return try ControlRecord(decoding: stored.record.value)
        } catch {
            if error != .erased {
                logger?.warning("Passed over an unknown control record", metadata: ["error": "\(error)"])
            }
            return nil
        }
    }
}
