/// What a producer writes and a consumer reads: bytes with a key, headers and a time.
public struct Record: Sendable, Equatable {
    /// Records of one key from one producer keep their order; empty when order does not matter.
    public var key: [UInt8]
    /// The content; JSON by convention.
    public var value: [UInt8]
    /// Facts about the record that are not part of its content.
    public var headers: [Header]
    /// When it happened, in microseconds since 1970 UTC, as the producer says.
    public var timestamp: Int64

    /// A record of its parts.
    public init(key: [UInt8] = [], value: [UInt8], headers: [Header] = [], timestamp: Int64) {
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }
}

/// A named fact about a record.
public struct Header: Sendable, Equatable {
    /// What the fact is called; names may repeat.
    public var name: String
    /// The fact itself.
    public var value: [UInt8]

    /// A header of its parts.
    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// A record together with the place it was read from.
public struct StoredRecord: Sendable, Equatable {
    /// The partition that holds it.
    public var partition: Partition
    /// Its place in the partition.
    public var offset: Offset
    /// What was written there.
    public var record: Record

    /// A stored record of its parts.
    public init(partition: Partition, offset: Offset, record: Record) {
        self.partition = partition
        self.offset = offset
        self.record = record
    }
}
