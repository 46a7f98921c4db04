/// Remembers what a source was read to hold, so that what is unchanged is not sent again, and what is gone is noticed.
///
/// What a ``SourceBatch`` says of records is remembered together with its state, once its events are on the log.
public protocol SourceMemory: Sendable {
    /// What is remembered of those of these keys that were read before.
    func records(_ keys: [String], in stream: String) async throws -> [String: RememberedRecord]

    /// The keys of records that were last read in an earlier version than this one, in order from behind `key` on; at most
    /// `limit`.
    func keys(in stream: String, before version: Int64, behind key: String, limit: Int) async throws -> [String]
}

/// What is remembered of a record.
public struct RememberedRecord: Sendable, Equatable {
    /// The reading in which it was there last, by a number that grows.
    public var version: Int64
    /// A digest of its content.
    public var digest: String

    /// What is remembered, of its parts.
    public init(version: Int64, digest: String) {
        self.version = version
        self.digest = digest
    }
}

/// What a batch says of a record of its source.
public struct RecordNote: Sendable, Equatable {
    /// Its stream.
    public var stream: String
    /// What tells it from the others of the stream.
    public var key: String
    /// What to remember of it; `nil` when it is gone.
    public var record: RememberedRecord?
    /// The ids of its events: when they are kept from the log, as a suppressed person's are, it is not remembered.
    public var messageIDs: [String]

    /// A note of its parts.
    public init(stream: String, key: String, record: RememberedRecord?, messageIDs: [String] = []) {
        self.stream = stream
        self.key = key
        self.record = record
        self.messageIDs = messageIDs
    }
}

/// Remembers nothing.
public struct NoMemory: SourceMemory {
    /// No memory.
    public init() {}

    /// Nothing.
    public func records(_ keys: [String], in stream: String) -> [String: RememberedRecord] { [:] }

    /// Nothing.
    public func keys(in stream: String, before version: Int64, behind key: String, limit: Int) -> [String] { [] }
}
