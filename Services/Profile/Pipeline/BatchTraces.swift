import Events
import MessageLog
import Topics

/// Which requests the events of a batch go back to.
struct BatchTraces {
    /// How many requests a change names at most.
    private static let most = 8

    private let headers: [Offset: Header]

    init(_ batch: DecodedBatch) {
        headers = Dictionary(
            batch.events.compactMap { event in event.trace.map { (event.offset, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The record of a change that events of the batch brought about, with the requests that they go back to.
    func record(of change: Change, at time: Timestamp) -> Record {
        var record = change.record(at: time)
        for event in change.events {
            guard record.headers.count < Self.most else { break }
            guard let header = headers[event.offset], !record.headers.contains(header) else { continue }
            record.headers.append(header)
        }
        return record
    }
}
