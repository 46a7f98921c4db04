import Store

/// The run that events are being added to.
struct Run {
    var id: Int64
    var events: Int64
    var first: Int64
    var last: Int64

    /// The runs of the store, as a query.
    static let all = "SELECT id FROM run"

    /// The newest run of the store, or the first one of a new store.
    static func newest(in db: any SQLConnection) throws -> Run {
        let query = try BulkStatement("SELECT id, events, first, last FROM run ORDER BY id DESC LIMIT 1", in: db)
        defer { query.reset() }
        guard try query.step() else { return Run(id: 1) }
        return Run(id: query.integer(0), events: query.integer(1), first: query.integer(2), last: query.integer(3))
    }

    private init(id: Int64, events: Int64 = 0, first: Int64 = .max, last: Int64 = .min) {
        self.id = id
        self.events = events
        self.first = first
        self.last = last
    }

    /// The run that a batch goes to.
    var open: Run { events < Schema.eventsPerRun ? self : Run(id: id + 1) }

    /// Adds events: rows sorted by their place in the table, and their counts.
    mutating func add(_ rows: [TimelineRow], partition: Int64, in db: any SQLConnection) throws {
        guard !rows.isEmpty else { return }
        let insert = try TimelineRow.insertion(in: db)
        for row in rows {
            try row.insert(by: insert, run: id, partition: partition)
            events += 1
            first = min(first, row.time)
            last = max(last, row.time)
        }
        try count(rows, in: db)
        try save(in: db)
    }

    /// Counts rows, those of each identifier side by side.
    private func count(_ rows: [TimelineRow], in db: any SQLConnection) throws {
        let upsert = try Tally.addition(in: db)
        var rest = rows[...]
        while let identifier = rest.first?.identifier {
            let own = rest.prefix { $0.identifier == identifier }
            rest = rest[own.endIndex...]
            var tallies: [(key: TallyKey, tally: Tally)] = []
            for row in own {
                let key = TallyKey(identifier: identifier, event: row.event, source: row.source)
                let place = tallies.firstIndex { $0.key == key } ?? tallies.endIndex
                if place == tallies.endIndex { tallies.append((key, .none)) }
                tallies[place].tally.add(row.time)
            }
            for (key, tally) in tallies.sorted(by: { $0.key < $1.key }) {
                tally.bind(key, run: id, to: upsert)
                try upsert.add()
            }
        }
    }

    /// Counts events no longer that were taken out of runs.
    mutating func withdraw(_ counts: [Int64: Int64], in db: any SQLConnection) throws {
        let update = try BulkStatement("UPDATE run SET events = events - ? WHERE id = ?", in: db)
        for (run, count) in counts {
            update.bind(1, count)
            update.bind(2, run)
            try update.run()
            if run == id { events -= count }
        }
    }

    private func save(in db: any SQLConnection) throws {
        let replace = try BulkStatement(
            """
            INSERT INTO run (id, events, first, last) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET events = excluded.events, first = excluded.first, last = excluded.last
            """,
            in: db
        )
        replace.bind([id, events, first, last])
        try replace.run()
    }
}

extension Tally {
    fileprivate static let none = Tally(count: 0, first: .max, last: .min)
}
