public import MessageLog
import Synchronization

/// A log that has no room for the first append.
public final class FullLog: WrappedLog {
    /// What has room.
    public let log: InMemoryLog
    private let isFull = Atomic(true)
    private let meanwhile: @Sendable () -> Void

    /// A log that has no room at first.
    ///
    /// - Parameter meanwhile: What happens while there is none.
    public init(_ log: InMemoryLog, meanwhile: @escaping @Sendable () -> Void) {
        self.log = log
        self.meanwhile = meanwhile
    }

    /// Refuses the first append.
    public func append(
        _ records: [Record],
        to topic: String,
        sequence: UInt64?
    ) async throws(MessageLogError) -> Appended {
        if isFull.exchange(false, ordering: .relaxed) {
            meanwhile()
            throw .full
        }
        return try await log.append(records, to: topic, sequence: sequence)
    }
}
