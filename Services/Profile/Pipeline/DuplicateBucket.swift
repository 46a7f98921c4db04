import Events
import GRDB
import Store

/// Where copies of an event are looked for; see ``Schema/duplicate``.
enum DuplicateBucket {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour
    /// An event without a time of its own is told from its copies for so many days.
    private static let days: Int64 = 7

    /// The bucket of an event.
    static func of(_ header: EventHeader) -> Int64 {
        if let own = header.originalTimestamp { return abs(own.microseconds) / hour }
        return -1 - abs(header.receivedAt.microseconds) / day
    }

    /// Notes the events, and returns those that were not there before, in their order.
    static func removingCopies(_ events: [DecodedEvent], in db: Database) throws -> [DecodedEvent] {
        // Sorted, neighbours in the table are written together; of copies in one batch the first stays.
        let order = events.indices.sorted {
            let (left, right) = (events[$0], events[$1])
            if left.bucket != right.bucket { return left.bucket < right.bucket }
            if left.key != right.key { return left.key < right.key }
            return $0 < $1
        }
        let insert = try BulkStatement("INSERT OR IGNORE INTO duplicate (bucket, key) VALUES (?, ?)", in: db)
        var isFresh = Array(repeating: true, count: events.count)
        for index in order { isFresh[index] = try note(events[index], insert, db) }
        return zip(events, isFresh).filter(\.1).map(\.0)
    }

    private static func note(_ event: DecodedEvent, _ insert: BulkStatement, _ db: Database) throws -> Bool {
        if event.bucket < 0, try isKnownLately(event, db) { return false }
        insert.bind(1, event.bucket)
        return try event.key.withBytes { bytes in
            insert.bind(2, lent: bytes)
            try insert.run()
            return insert.changes > 0
        }
    }

    /// Looks at the days around: a replay may bring the later copy first.
    private static func isKnownLately(_ event: DecodedEvent, _ db: Database) throws -> Bool {
        let query = try BulkStatement("SELECT 1 FROM duplicate WHERE bucket = ? AND key = ?", in: db)
        for bucket in event.bucket - days + 1..<event.bucket + days where bucket < 0 {
            query.bind(1, bucket)
            let isKnown = try event.key.withBytes { bytes in
                query.bind(2, lent: bytes)
                defer { query.reset() }
                return try query.step()
            }
            if isKnown { return true }
        }
        return false
    }
}
