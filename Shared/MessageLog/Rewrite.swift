/// Which records are to be others, and what.
struct Rewrite: Sendable {
    let partition: Partition
    let offsets: RangeSet<Offset>
    let replacement: @Sendable (StoredRecord) -> Record?

    /// What is to be in the place of the record; nil if it stays, or is that already.
    func replacement(of record: Record, at offset: Offset) -> Record? {
        guard offsets.contains(offset) else { return nil }
        let stored = StoredRecord(partition: partition, offset: offset, record: record)
        guard var new = replacement(stored) else { return nil }
        new.timestamp = record.timestamp
        return new == record ? nil : new
    }

    /// Whether any of the records is between these offsets.
    func concerns(_ range: Range<Offset>) -> Bool {
        let ranges = offsets.ranges
        var (low, high) = (ranges.startIndex, ranges.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.endIndex && ranges[low].lowerBound < range.upperBound
    }
}
