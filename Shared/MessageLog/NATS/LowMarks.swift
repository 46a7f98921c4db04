import Synchronization

/// Up to which message retention has come in each partition.
///
/// The mark is set before anything is removed: what is missing below it was removed, what is missing above is damage.
final class LowMarks: Sendable {
    private let bucket: Bucket
    /// Marks only grow.
    private let known = Mutex<[Partition: UInt64]>([:])

    init(bucket: Bucket) {
        self.bucket = bucket
    }

    /// The sequence of the first message that was not removed.
    func low(of partition: Partition) async throws(MessageLogError) -> UInt64 {
        let entry = try await bucket.entry(Self.key(partition), as: UInt64.self)
        return known.withLock { $0.grow(partition, to: entry.value ?? 1) }
    }

    /// Notes that what lies before a sequence may be removed.
    func raise(_ partition: Partition, to sequence: UInt64) async throws(MessageLogError) {
        try await bucket.update(Self.key(partition), as: UInt64.self) { before in
            sequence > before ?? 1 ? sequence : nil
        }
        known.withLock { _ = $0.grow(partition, to: sequence) }
    }

    private static func key(_ partition: Partition) -> String { "low.\(partition.topic).\(partition.name)" }
}

extension [Partition: UInt64] {
    fileprivate mutating func grow(_ partition: Partition, to mark: UInt64) -> UInt64 {
        let new = Swift.max(self[partition] ?? 1, mark)
        self[partition] = new
        return new
    }
}
