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

extension Partition {
    /// Whether a topic, a partition or a consumer may be called so, since it becomes part of a path on disk.
    ///
    /// It fits `^[a-z0-9][a-z0-9_-]{0,63}$`.
    public static func isName(_ name: some StringProtocol) -> Bool {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
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
