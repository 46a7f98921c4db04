import MessageLog

/// How far into `events` nobody will look any more who reads `changes`.
///
/// A change names its events by their places on the log, and who reads it may want them: `notifier` puts them into
/// messages. So what an unread change may name has to stay, although `profile`, which reads `events` itself, is past it.
///
/// `profile` notes its progress in `events` once the changes that come of it are on the log. So: let E be the progress in
/// `events`, and C, looked at after it, the head of `changes`. Who has read up to C will meet no event before E any more.
struct ChangesHold {
    /// The name of the consumer of `events` that stands for all who read `changes`.
    static let consumer = "readers-of-changes"

    /// What was noted at one moment, the progress first.
    struct Moment: Sendable, Equatable {
        /// E, for each partition.
        var progress: [Partition: Offset]
        /// C, for each partition.
        var heads: [Partition: Offset]
    }

    /// A moment whose changes were not all read when it was noted.
    private var earlier: Moment?

    /// Takes in the present, and how far the consumers of `changes` have come; looked at in this order.
    ///
    /// - Returns: The places in `events` before which nothing will be wanted; `nil` if that is not known.
    mutating func advance(to present: Moment, readers: [ConsumerStatus]) -> [Partition: Offset]? {
        if present.isRead(by: readers) {
            earlier = nil
            return present.progress
        }
        guard let moment = earlier else {
            earlier = present
            return nil
        }
        guard moment.isRead(by: readers) else { return nil }
        // Readers may never be seen at the head; they will have passed this one by the next time.
        earlier = present
        return moment.progress
    }
}

extension ChangesHold.Moment {
    /// What the log says: the progress of the slowest of the consumers of `events`, and the heads of `changes`.
    init(consumers: [ConsumerStatus], changes: [PartitionStatus]) {
        heads = Dictionary(uniqueKeysWithValues: changes.map { ($0.partition, $0.head) })
        progress = consumers.first?.positions ?? [:]
        for consumer in consumers.dropFirst() {
            for (partition, offset) in progress {
                progress[partition] = min(offset, consumer.positions[partition] ?? 0)
            }
        }
    }

    fileprivate func isRead(by readers: [ConsumerStatus]) -> Bool {
        readers.allSatisfy { reader in
            heads.allSatisfy { partition, head in reader.positions[partition] ?? 0 >= head }
        }
    }
}
