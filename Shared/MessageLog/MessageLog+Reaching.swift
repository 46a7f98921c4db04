extension MessageLog {
    /// The partitions of a topic, once each shows what its consumer has already taken in, or patience is at an end.
    ///
    /// After a power cut a partition may show its last second only when its producer has opened it again. A consumer that
    /// starts before that producer waits here; what is still missing afterwards was lost.
    public func partitions(
        of topic: String,
        reaching positions: [Partition: Offset],
        patience: Duration = .seconds(30)
    ) async throws -> [PartitionStatus] {
        let limit = ContinuousClock.now + patience
        while true {
            let present = try await partitions(of: topic)
            let isBehind = present.contains { $0.head < positions[$0.partition] ?? 0 }
            guard isBehind, ContinuousClock.now < limit else { return present }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
