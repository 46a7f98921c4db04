/// A record's place in its partition: the first one is 0, they grow by one and are never used twice within an epoch.
public typealias Offset = UInt64

/// One append-only sequence of records within a topic.
public struct Partition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The topic it belongs to.
    public var topic: String
    /// Its name within the topic; with the embedded log, the producing instance.
    public var name: String

    /// The partition `name` of `topic`.
    public init(topic: String, name: String) {
        self.topic = topic
        self.name = name
    }

    /// Topic and name, such as `events/ingest`.
    public var description: String { "\(topic)/\(name)" }

    /// Orders by topic, then by name.
    public static func < (left: Partition, right: Partition) -> Bool {
        (left.topic, left.name) < (right.topic, right.name)
    }
}

/// What a partition holds at one moment.
public struct PartitionStatus: Sendable, Equatable {
    /// The partition described.
    public var partition: Partition
    /// Which life of the partition this is; a consumer's offset is worth nothing in another one.
    public var epoch: LogEpoch
    /// The oldest offset still stored; equal to ``head`` when nothing is.
    public var first: Offset
    /// The offset the next record will get; readers see what is below it.
    public var head: Offset
    /// The storage it takes.
    public var bytes: Int
    /// How many copies of it there are.
    public var replicas: Replicas

    /// A status of its parts.
    public init(
        partition: Partition,
        epoch: LogEpoch,
        first: Offset,
        head: Offset,
        bytes: Int,
        replicas: Replicas = Replicas(wanted: 1)
    ) {
        self.partition = partition
        self.epoch = epoch
        self.first = first
        self.head = head
        self.bytes = bytes
        self.replicas = replicas
    }
}
