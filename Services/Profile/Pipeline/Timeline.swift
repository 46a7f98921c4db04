import Store

/// An event's row in the timeline.
struct TimelineRow {
    var identifier: Int64
    var time: Int64
    var offset: Int64
    var source: Int64
    var event: Int64
    /// All identifiers of the event, the strongest first.
    var names: [Int64]

    /// The statement that ``insert(by:run:partition:)`` takes.
    static func insertion(in db: any SQLConnection) throws -> BulkStatement {
        try BulkStatement(
            """
            INSERT INTO timeline (run, identifier, time, partition, "offset", source, event, names)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: db
        )
    }

    func insert(by insert: BulkStatement, run: Int64, partition: Int64) throws {
        insert.bind(1, run)
        insert.bind(2, identifier)
        insert.bind(3, time)
        insert.bind(4, partition)
        insert.bind(5, offset)
        insert.bind(6, source)
        insert.bind(7, event)
        if names.count < 2 { insert.bindNull(8) } else { insert.bind(8, NamedIdentifiers.encode(names)) }
        try insert.add()
    }
}

/// What events are counted by.
struct TallyKey: Hashable, Comparable {
    var identifier: Int64
    var event: Int64
    var source: Int64

    static func < (left: TallyKey, right: TallyKey) -> Bool {
        (left.identifier, left.event, left.source) < (right.identifier, right.event, right.source)
    }
}

/// How many events there were, and between which times.
struct Tally {
    var count: Int64
    var first: Int64
    var last: Int64

    mutating func add(_ time: Int64) {
        count += 1
        first = min(first, time)
        last = max(last, time)
    }

    /// The statement that ``bind(_:run:to:)`` binds; it adds to what is counted in a run.
    static func addition(in db: any SQLConnection) throws -> BulkStatement {
        try BulkStatement(
            """
            INSERT INTO tally (run, identifier, event, source, count, first, last) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, identifier, event, source) DO UPDATE SET
                count = tally.count + excluded.count, first = \(db.dialect.least)(tally.first, excluded.first),
                last = \(db.dialect.greatest)(tally.last, excluded.last)
            """,
            in: db
        )
    }

    func bind(_ key: TallyKey, run: Int64, to upsert: BulkStatement) {
        upsert.bind(1, run)
        upsert.bind(2, key.identifier)
        upsert.bind(3, key.event)
        upsert.bind(4, key.source)
        upsert.bind(5, count)
        upsert.bind(6, first)
        upsert.bind(7, last)
    }
}
