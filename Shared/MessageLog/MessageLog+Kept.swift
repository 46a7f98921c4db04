extension MessageLog {
    /// The records from an offset on, or, where retention has removed those, from the oldest one left.
    ///
    /// For who reads a topic without being one of its consumers: retention does not wait for such readers, and may be at
    /// work between their looking at a partition and their reading it.
    public func readKept(
        _ partition: Partition,
        from offset: Offset,
        maxRecords: Int,
        maxBytes: Int
    ) async throws(MessageLogError) -> [StoredRecord] {
        var offset = offset
        while true {
            do throws(MessageLogError) {
                return try await read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
            } catch {
                guard case .offsetGone(let first) = error, first > offset else { throw error }
                offset = first
            }
        }
    }
}
