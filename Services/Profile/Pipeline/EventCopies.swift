import Events
import GRDB
import Store

/// Tells the events of a batch from copies of events that were there before.
///
/// Of copies that differ, the one with the least (received time, content hash) counts, whichever comes first.
struct EventCopies {
    /// Events that were not there before, in their order.
    private(set) var fresh: [DecodedEvent] = []
    /// Where the copies are that counted until now, but that one in this batch comes before; its event is among the fresh.
    private(set) var superseded: [EventPlace] = []

    /// Notes the events of a partition, given by its number.
    init(_ events: [DecodedEvent], of partition: Int64, in db: Database) throws {
        // Sorted, neighbours in the table are written together.
        let order = events.indices.sorted { events[$0].isCopyOrdered(before: events[$1]) ?? ($0 < $1) }
        var last: DecodedEvent?
        var counted: [EventPlace: DecodedEvent] = [:]
        for index in order {
            let event = events[index]
            if let last, last.key == event.key, last.bucket == event.bucket { continue }
            last = event
            guard try note(event, of: partition, db) else { continue }
            counted[EventPlace(partition: partition, offset: Int64(clamping: event.offset))] = event
        }
        // One of this very batch has had no effect yet.
        superseded.removeAll { counted.removeValue(forKey: $0) != nil }
        fresh = events.filter { counted[EventPlace(partition: partition, offset: Int64(clamping: $0.offset))] != nil }
    }

    private mutating func note(_ event: DecodedEvent, of partition: Int64, _ db: Database) throws -> Bool {
        guard let known = try Self.insert(event, of: partition, db) else { return true }
        let counts = event.copyOrder < known.order
        if counts { try Self.supersede(known, by: event, of: partition, db) }
        guard counts, known.order.hash != event.copyOrder.hash else { return false }
        superseded.append(known.place)
        return true
    }

    /// A copy that was noted before.
    private struct Known {
        var bucket: Int64
        var order: CopyOrder
        var place: EventPlace
    }

    /// Notes the event, unless there is a copy, which is returned then.
    private static func insert(_ event: DecodedEvent, of partition: Int64, _ db: Database) throws -> Known? {
        if event.bucket < 0, let known = try find(event, db) { return known }
        let insert = try BulkStatement(
            """
            INSERT OR IGNORE INTO duplicate (bucket, key, received, hash, partition, offset) VALUES (?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
        insert.bind(1, event.bucket)
        insert.bind(3, event.copyOrder.received)
        insert.bind(4, event.copyOrder.hash)
        insert.bind(5, partition)
        insert.bind(6, Int64(clamping: event.offset))
        try event.key.withBytes { bytes in
            insert.bind(2, lent: bytes)
            try insert.run()
        }
        return insert.changes > 0 ? nil : try find(event, db)
    }

    private static func find(_ event: DecodedEvent, _ db: Database) throws -> Known? {
        let query = try BulkStatement(
            "SELECT received, hash, partition, offset FROM duplicate WHERE bucket = ? AND key = ?",
            in: db
        )
        for bucket in DuplicateBucket.near(event.bucket) {
            query.bind(1, bucket)
            let known = try event.key.withBytes { bytes -> Known? in
                query.bind(2, lent: bytes)
                defer { query.reset() }
                guard try query.step() else { return nil }
                return Known(
                    bucket: bucket,
                    order: CopyOrder(received: query.integer(0), hash: query.integer(1)),
                    place: EventPlace(partition: query.integer(2), offset: query.integer(3))
                )
            }
            if let known { return known }
        }
        return nil
    }

    /// Notes that another copy counts now; where nothing that is kept differs, the event stays where it is.
    private static func supersede(
        _ known: Known,
        by event: DecodedEvent,
        of partition: Int64,
        _ db: Database
    ) throws {
        let differs = known.order.hash != event.copyOrder.hash
        let update = try BulkStatement(
            """
            UPDATE duplicate SET received = ?3, hash = ?4, partition = ?5, offset = ?6 WHERE bucket = ?1 AND key = ?2
            """,
            in: db
        )
        update.bind(1, known.bucket)
        update.bind(3, event.copyOrder.received)
        update.bind(4, event.copyOrder.hash)
        update.bind(5, differs ? partition : known.place.partition)
        update.bind(6, differs ? Int64(clamping: event.offset) : known.place.offset)
        try event.key.withBytes { bytes in
            update.bind(2, lent: bytes)
            try update.run()
        }
    }
}

/// What decides which of several copies of an event counts: the least.
struct CopyOrder: Comparable {
    /// When it arrived, in microseconds since 1970.
    var received: Int64
    /// A hash of all that is kept of it, so of everything but the times at which it was sent and arrived.
    var hash: Int64

    static func < (left: CopyOrder, right: CopyOrder) -> Bool {
        (left.received, left.hash) < (right.received, right.hash)
    }
}

/// Where on the log an event is; the partition is given by its number in the store.
struct EventPlace: Hashable, Sendable {
    var partition: Int64
    var offset: Int64
}

extension DecodedEvent {
    /// The order of copies: those of one event side by side, the one that counts first; `nil` if they are the same.
    fileprivate func isCopyOrdered(before other: DecodedEvent) -> Bool? {
        if bucket != other.bucket { return bucket < other.bucket }
        if key != other.key { return key < other.key }
        return copyOrder == other.copyOrder ? nil : copyOrder < other.copyOrder
    }
}
