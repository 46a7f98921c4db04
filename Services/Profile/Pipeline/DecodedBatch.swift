import Events
import Identity
import MessageLog
import Topics

/// Consecutive records of one partition, read and decoded, but without effect yet.
struct DecodedBatch: Sendable {
    let partition: Partition
    /// The first record's offset, and the one behind the last.
    let range: Range<Offset>
    let events: [DecodedEvent]
    let refused: [DeadLetter]
    /// The identifiers of the events.
    let mentions: Mentions

    init(
        partition: Partition,
        range: Range<Offset>,
        events: [DecodedEvent] = [],
        refused: [DeadLetter] = [],
        by hash: KeyedHash
    ) {
        self.partition = partition
        self.range = range
        self.events = events
        self.refused = refused
        mentions = Mentions(events, by: hash)
    }
}
