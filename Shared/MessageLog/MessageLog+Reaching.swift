extension MessageLog {
    /// The partitions of a topic, once each shows what its consumer has already taken in, or patience is at an end.
    ///
    /// After a power cut a partition may show its last second only when its producer has opened it again, and a server that was just
    /// started may not know of it yet. A consumer that starts before waits here; what is still missing afterwards was lost.
    public func partitions(
        of topic: String,
        reaching positions: [Partition: Offset],
        patience: Duration = .seconds(30)
    ) async throws -> [PartitionStatus] {
        let limit = ContinuousClock.now + patience
        while true {
            let present = try await partitions(of: topic)
            let heads = Dictionary(uniqueKeysWithValues: present.map { ($0.partition, $0.head) })
            let isBehind = positions.contains { partition, offset in heads[partition].map { $0 < offset } ?? true }
            guard isBehind, ContinuousClock.now < limit else { return present }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
