public import Events

/// Some events of a source, and where it stands after them.
public struct SourceBatch: Sendable {
    /// What came in.
    public var events: [SourceEvent]
    /// What made no sense.
    public var rejected: [RejectedRecord]
    /// What to go on from once the batch is taken; `nil` leaves it as it was.
    public var state: JSONValue?
    /// How far the run has come, when that is known.
    public var progress: SourceProgress?
    /// The id of the request that it came with: one that was taken before is not taken again.
    public var requestID: String?
    /// What is to be remembered of the records that the events are from.
    public var records: [RecordNote]

    /// A batch of its parts.
    public init(
        events: [SourceEvent] = [],
        rejected: [RejectedRecord] = [],
        state: JSONValue? = nil,
        progress: SourceProgress? = nil,
        requestID: String? = nil,
        records: [RecordNote] = []
    ) {
        self.events = events
        self.rejected = rejected
        self.state = state
        self.progress = progress
        self.requestID = requestID
        self.records = records
    }
}

/// How much of the whole is done.
public struct SourceProgress: Sendable, Equatable {
    /// Such as the bytes read.
    public var done: Int64
    /// Such as the file's bytes.
    public var total: Int64

    /// A progress of its parts.
    public init(done: Int64, total: Int64) {
        self.done = done
        self.total = total
    }
}
