import Events
import MessageLog
import Store

/// Tells the events of a batch from copies of events that were there before.
///
/// Of copies that differ, the one with the least (received time, content hash) counts, whichever comes first.
struct EventCopies {
    /// Where in the batch the events are that were not there before, in their order.
    private(set) var fresh: [Int] = []
    /// Where the copies are that counted until now, but that one in this batch comes before; its event is among the fresh.
    private(set) var superseded: [EventPlace] = []

    private let partition: Int64
    private let db: any SQLConnection
    private var counted: Set<Offset> = []

    /// Notes the events of a partition, given by its number.
    init(_ events: [DecodedEvent], of partition: Int64, in db: any SQLConnection) throws {
        self.partition = partition
        self.db = db
        // Sorted, neighbours in the table are written together.
        let order = events.indices.sorted { events[$0].isCopyOrdered(before: events[$1]) ?? ($0 < $1) }
        var distinct: [DecodedEvent] = []
        for index in order {
            let event = events[index]
            if let last = distinct.last, last.key == event.key, last.bucket == event.bucket { continue }
            distinct.append(event)
        }
        let timed = distinct.firstIndex { $0.bucket >= 0 } ?? distinct.endIndex
        try noteUntimed(distinct[..<timed])
        try noteTimed(distinct[timed...])
        // One of this very batch has had no effect yet.
        superseded.removeAll { $0.partition == partition && counted.remove(Offset(clamping: $0.offset)) != nil }
        fresh = events.indices.filter { counted.contains(events[$0].offset) }
    }

    /// A copy that was noted before.
    private struct Known {
        var bucket: Int64
        var order: CopyOrder
        var place: EventPlace
    }

    /// Notes events whose copies are all in one bucket; most are new.
    private mutating func noteTimed(_ events: ArraySlice<DecodedEvent>) throws {
        let insert = try insertion(returning: db.dialect.returning("\"offset\""))
        let offset = { (event: DecodedEvent) in Int64(clamping: event.offset) }
        let new = try insert.insertNew(events, id: offset) { bind($0, to: insert) }
        counted.formUnion(new.lazy.map { Offset(clamping: $0) })
        let copies = events.filter { !new.contains(offset($0)) }
        let known = try find(copies) { [$0.bucket] }
        for event in copies {
            guard let copy = known[event.key]?.first(where: { $0.bucket == event.bucket }) else { continue }
            try weigh(event, against: copy)
        }
    }

    /// Notes events whose copies may be in several buckets, those of this batch as well.
    private mutating func noteUntimed(_ events: ArraySlice<DecodedEvent>) throws {
        var known = try find(events) { DuplicateBucket.near($0.bucket) }
        let insert = try insertion()
        for event in events {
            let copies = known[event.key] ?? []
            let copy = DuplicateBucket.near(event.bucket).lazy.compactMap { bucket in
                copies.first { $0.bucket == bucket }
            }.first
            if let copy {
                let noted = try weigh(event, against: copy)
                known[event.key] = copies.map { $0.bucket == copy.bucket ? noted : $0 }
            } else {
                bind(event, to: insert)
                try insert.add()
                counted.insert(event.offset)
                let place = EventPlace(partition: partition, offset: Int64(clamping: event.offset))
                known[event.key] = copies + [Known(bucket: event.bucket, order: event.copyOrder, place: place)]
            }
        }
    }

    /// Lets the lesser of two copies count; returns what is noted then.
    @discardableResult
    private mutating func weigh(_ event: DecodedEvent, against known: Known) throws -> Known {
        guard event.copyOrder < known.order else { return known }
        let noted = try supersede(known, by: event)
        if known.order.hash != event.copyOrder.hash {
            superseded.append(known.place)
            counted.insert(event.offset)
        }
        return noted
    }

    private func insertion(returning columns: String = "") throws -> BulkStatement {
        try BulkStatement(
            """
            INSERT INTO duplicate (bucket, key, received, hash, partition, "offset") VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING \(columns)
            """,
            in: db
        )
    }

    private func bind(_ event: DecodedEvent, to insert: BulkStatement) {
        insert.bind(1, event.bucket)
        insert.bind(2, event.key.bytes)
        insert.bind(3, event.copyOrder.received)
        insert.bind(4, event.copyOrder.hash)
        insert.bind(5, partition)
        insert.bind(6, Int64(clamping: event.offset))
    }

    /// The copies of events in some buckets, by their keys.
    private func find(
        _ events: some Collection<DecodedEvent>,
        in buckets: (DecodedEvent) -> [Int64]
    ) throws -> [Key128: [Known]] {
        let query = try BulkStatement(
            """
            SELECT bucket, received, hash, partition, "offset" FROM duplicate WHERE bucket = ? AND key = ?
            """,
            in: db
        )
        var known: [Key128: [Known]] = [:]
        let wanted = events.flatMap { event in buckets(event).map { (key: event.key, bucket: $0) } }
        try query.forEach(wanted) { place in
            query.bind(1, place.bucket)
            query.bind(2, place.key.bytes)
        } _: { place in
            while try query.step() {
                let copy = Known(
                    bucket: query.integer(0),
                    order: CopyOrder(received: query.integer(1), hash: query.integer(2)),
                    place: EventPlace(partition: query.integer(3), offset: query.integer(4))
                )
                known[place.key, default: []].append(copy)
            }
        }
        return known
    }

    /// Notes that another copy counts now; where nothing that is kept differs, the event stays where it is.
    private func supersede(_ known: Known, by event: DecodedEvent) throws -> Known {
        let differs = known.order.hash != event.copyOrder.hash
        let place =
            differs ? EventPlace(partition: partition, offset: Int64(clamping: event.offset)) : known.place
        let update = try BulkStatement(
            """
            UPDATE duplicate SET bucket = ?7, received = ?3, hash = ?4, partition = ?5, "offset" = ?6
            WHERE bucket = ?1 AND key = ?2
            """,
            in: db
        )
        update.bind(1, known.bucket)
        update.bind(2, event.key.bytes)
        update.bind(3, event.copyOrder.received)
        update.bind(4, event.copyOrder.hash)
        update.bind(5, place.partition)
        update.bind(6, place.offset)
        // The days around are those around what counts.
        let bucket = differs ? event.bucket : known.bucket
        update.bind(7, bucket)
        try update.run()
        return Known(bucket: bucket, order: event.copyOrder, place: place)
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
    ///
    /// Of events without a time of their own, which come first, those of the earlier day do.
    fileprivate func isCopyOrdered(before other: DecodedEvent) -> Bool? {
        if bucket != other.bucket { return (bucket < other.bucket) != (max(bucket, other.bucket) < 0) }
        if key != other.key { return key < other.key }
        return copyOrder == other.copyOrder ? nil : copyOrder < other.copyOrder
    }
}
