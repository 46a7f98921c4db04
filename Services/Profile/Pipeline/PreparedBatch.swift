import MessageLog

/// The numbers that the store has for the identifiers of a batch.
struct PreparedBatch {
    private let partition: Partition
    private let range: Range<Offset>
    /// In the order of the batch's ``Mentions``; 0 of one that is not there.
    let numbers: [Int64]

    /// Looks the identifiers up; nothing changes.
    init(_ batch: DecodedBatch, in graph: WorkingGraph) throws {
        partition = batch.partition
        range = batch.range
        numbers = try graph.lookUp(batch.mentions)
    }

    func isOf(_ batch: DecodedBatch) -> Bool { partition == batch.partition && range == batch.range }
}
