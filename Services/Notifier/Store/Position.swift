import MessageLog

/// A place in a partition, together with which log that is.
struct Position: Sendable, Equatable {
    var epoch: LogEpoch
    /// The next offset to read.
    var next: Offset

    /// Whether it can be a place in this partition; throws what is wrong otherwise.
    func check(against status: PartitionStatus) throws(StoreError) {
        guard epoch == status.epoch else { throw .otherLog(partition: status.partition.name) }
        guard next <= status.head else { throw .aheadOfLog(partition: status.partition.name) }
    }
}
