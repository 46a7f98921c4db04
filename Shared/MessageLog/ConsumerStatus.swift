/// How far a consumer of a topic says it has come.
public struct ConsumerStatus: Sendable, Equatable {
    /// The consumer's name.
    public var name: String
    /// For each partition it has read, the offset it will read next.
    public var positions: [Partition: Offset]
    /// When it said so, in microseconds since 1970 UTC.
    public var updated: Int64

    /// A status of its parts.
    public init(name: String, positions: [Partition: Offset], updated: Int64) {
        self.name = name
        self.positions = positions
        self.updated = updated
    }
}
