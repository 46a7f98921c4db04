public import MessageLog

extension MessageLog {
    /// The instances that have partitions of the services' topics.
    public func owners() async throws(MessageLogError) -> Set<String> {
        var owners: Set<String> = []
        for topic in Topic.all { owners.formUnion(try await partitions(of: topic).map(\.partition.name)) }
        return owners
    }
}
