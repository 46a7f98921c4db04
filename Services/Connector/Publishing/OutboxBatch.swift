import MessageLog

/// A record that waits to be published.
struct OutboxRecord: Sendable, Equatable {
    var topic: String
    var record: Record
}

/// Records of the outbox for one append, and what is to be remembered then.
struct OutboxBatch: Sendable {
    var records: [Record]
    var effect: Effects.OutboxEffect
}
