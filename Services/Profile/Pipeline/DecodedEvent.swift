import Events
import Identity
import MessageLog
import Topics

/// An event of the log with what the pipeline needs of it; a class, because it is passed along often and never changed.
final class DecodedEvent: Sendable {
    let header: EventHeader
    let facts: EventFacts
    let offset: Offset
    /// By which a copy of the event is known, and among which events it is looked for.
    let key: Key128
    let bucket: Int64
    /// Which of several copies counts.
    let copyOrder: CopyOrder
    /// The header of its record that names the request it goes back to.
    let trace: Header?

    init(
        header: EventHeader,
        facts: EventFacts,
        offset: Offset,
        key: Key128,
        bucket: Int64,
        contentHash: Int64,
        trace: Header?
    ) {
        self.header = header
        self.facts = facts
        self.offset = offset
        self.key = key
        self.bucket = bucket
        copyOrder = CopyOrder(received: header.receivedAt.microseconds, hash: contentHash)
        self.trace = trace
    }
}
