import Store

/// How many identifiers and profiles there are (``Schema/total``).
struct Totals: Equatable {
    /// All identifiers, and the parts of divided devices.
    var identifiers: Int64 = 0
    /// All profiles but those of shared identifiers.
    var profiles: Int64 = 0
}

extension Totals {
    /// As the writer has kept count.
    init(in db: any SQLConnection) throws {
        let query = try BulkStatement("SELECT name, amount FROM total", in: db)
        while try query.step() {
            switch query.text(0) {
            case "identifiers": identifiers = query.integer(1)
            case "profiles": profiles = query.integer(1)
            default: break
            }
        }
    }

    /// Counted, which takes the longer the more there are.
    private init(countedIn db: any SQLConnection) throws {
        identifiers = try db.value("SELECT count(*) FROM identifier") ?? 0
        profiles = try db.value("SELECT count(*) FROM profile WHERE shared = 0") ?? 0
    }

    /// How many more there are after a batch than before.
    init(addedBy graph: WorkingGraph) throws {
        identifiers = Int64(graph.made.count - graph.removed.count)
        let after = try graph.touched.filter { try !graph.membership($0).isShared }
        let before = graph.originals.values.filter { !$0.isShared }
        profiles = Int64(after.count - before.count)
    }

    /// Adds to what is kept; of a store that nothing is in, nothing is.
    func add(in db: any SQLConnection) throws {
        let upsert = try BulkStatement(
            """
            INSERT INTO total (name, amount) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET amount = total.amount + excluded.amount
            """,
            in: db
        )
        for (name, amount) in [("identifiers", identifiers), ("profiles", profiles)] where amount != 0 {
            upsert.bind(1, name)
            upsert.bind(2, amount)
            try upsert.run()
        }
    }

    /// Notes all there is, where nobody has kept count before.
    static func begin(in db: any SQLConnection) throws {
        try Totals(countedIn: db).add(in: db)
    }
}
