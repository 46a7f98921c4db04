import Events
import Store

/// A place in a profile's timeline; equal times are told apart by the place on the log.
struct TimelinePlace: Comparable, Hashable, Sendable, CustomStringConvertible {
    let time: Int64
    /// The partition's number in the store.
    let partition: Int64
    let offset: Int64

    /// What ``description`` looks like.
    static let pattern = "^-?[0-9]{1,18}[.][0-9]{1,9}[.][0-9]{1,18}$"

    init(time: Int64, partition: Int64, offset: Int64) {
        self.time = time
        self.partition = partition
        self.offset = offset
    }

    /// Reads what ``description`` wrote; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 3, let time = parts[0], let partition = parts[1], let offset = parts[2] else { return nil }
        self.init(time: time, partition: partition, offset: offset)
    }

    var description: String { "\(time).\(partition).\(offset)" }

    static func < (left: TimelinePlace, right: TimelinePlace) -> Bool {
        (left.time, left.partition, left.offset) < (right.time, right.partition, right.offset)
    }
}

/// An event of a profile, without its body.
struct TimelineEntry: Sendable {
    let place: TimelinePlace
    /// The partition's name on the log.
    let lane: String
    let source: String
    let type: String
    /// Empty for a call that has none.
    let name: String
    let identifier: Identifier
}

/// Which part of a profile's timeline is wanted.
struct TimelineQuery: Sendable {
    var ascending = false
    var from: Timestamp?
    /// Not itself included.
    var to: Timestamp?
    /// Only events of these names, and none of those.
    var names: [String]?
    var excluded: [String]?
    var type: String?
    var source: String?
    /// The place to go on behind.
    var after: TimelinePlace?

    /// The next entries of a profile's timeline, at most so many.
    ///
    /// Runs are asked in the order of the times in them, and hardly more of them than it takes: first one, and then each time
    /// twice as many, which a server answers together.
    func entries(of profile: Int64, limit: Int, in db: any SQLConnection) throws -> [TimelineEntry] {
        let members = try db.all("SELECT id FROM identifier WHERE profile = ?", [profile]) { $0[0] as Int64 }
        var found: [TimelineEntry] = []
        var runs = try runs(in: db)[...]
        var together = 1
        while !runs.isEmpty {
            found += try entries(of: members, in: runs.prefix(together), limit: limit, db)
            found = Array(found.sorted(by: isBefore).prefix(limit))
            runs = runs.dropFirst(together)
            together *= 2
            if let next = runs.first, found.count == limit, let last = found.last, isBeyond(last.place.time, next) {
                break
            }
        }
        return found
    }

    private struct Run {
        let id: Int64
        let first: Int64
        let last: Int64
    }

    private func isBefore(_ left: TimelineEntry, _ right: TimelineEntry) -> Bool {
        ascending ? left.place < right.place : right.place < left.place
    }

    /// Whether nothing in the run comes before this time, in the wanted order.
    private func isBeyond(_ time: Int64, _ run: Run) -> Bool {
        ascending ? time < run.first : time > run.last
    }

    private var least: Int64 { max(from?.microseconds ?? .min, ascending ? after?.time ?? .min : .min) }

    private var greatest: Int64 {
        let end = to.map { $0.microseconds - 1 } ?? .max
        return min(end, ascending ? .max : after?.time ?? .max)
    }

    private func runs(in db: any SQLConnection) throws -> [Run] {
        let order = ascending ? "first, id" : "last DESC, id DESC"
        return try db.all(
            "SELECT id, first, last FROM run WHERE last >= ? AND first <= ? ORDER BY \(order)",
            [least, greatest]
        ) { Run(id: $0[0], first: $0[1], last: $0[2]) }
    }

    private func entries(
        of members: [Int64],
        in runs: some Collection<Run>,
        limit: Int,
        _ db: any SQLConnection
    ) throws -> [TimelineEntry] {
        let text = statement(limit)
        let query = try BulkStatement(text.sql, in: db)
        var entries: [TimelineEntry] = []
        try query.forEach(runs.flatMap { run in members.map { (run.id, $0) } }) { run, member in
            query.bind([run.sqlValue, member.sqlValue] + text.values)
        } _: { _ in
            while try query.step() { entries.append(TimelineEntry(query)) }
        }
        return entries
    }

    /// What is asked for each run and each identifier of the profile, which come before the statement's values.
    private func statement(_ limit: Int) -> SQLText {
        let order = ["time", "partition", "\"offset\""].map { ascending ? $0 : "\($0) DESC" }.joined(separator: ", ")
        return """
            SELECT t.time, t.partition, t."offset", c.partition, s.name, e.type, e.name, n.name, i.value
            FROM (SELECT * FROM timeline WHERE run = ? AND identifier = ? AND 
            """ + .joined(conditions, by: "AND", none: .yes) + SQLText(" ORDER BY \(order) LIMIT ?", [limit.sqlValue])
                + """
                ) t
                JOIN consumer c ON c.id = t.partition JOIN source s ON s.id = t.source JOIN event e ON e.id = t.event
                JOIN identifier i ON i.id = t.identifier JOIN namespace n ON n.id = i.namespace
                """
    }

    private var conditions: [SQLText] {
        var conditions = [SQLText("time BETWEEN ? AND ?", [least.sqlValue, greatest.sqlValue])]
        if let after {
            let place = [after.time, after.partition, after.offset].map(\.sqlValue)
            conditions.append(SQLText("(time, partition, \"offset\") \(ascending ? ">" : "<") (?, ?, ?)", place))
        }
        if let source {
            conditions.append(SQLText("source = (SELECT id FROM source WHERE name = ?)", [source.sqlValue]))
        }
        if let names { conditions.append("event IN " + Self.kinds(names)) }
        if let excluded { conditions.append("event NOT IN " + Self.kinds(excluded)) }
        if let type { conditions.append(SQLText("event IN (SELECT id FROM event WHERE type = ?)", [type.sqlValue])) }
        return conditions
    }

    private static func kinds(_ names: [String]) -> SQLText {
        // PostgreSQL knows no list of nothing.
        if names.isEmpty { return "(SELECT id FROM event WHERE FALSE)" }
        return SQLText(
            "(SELECT id FROM event WHERE name IN (\(SQLDialect.places(names.count))))",
            names.map(\.sqlValue)
        )
    }
}

extension TimelineEntry {
    fileprivate init(_ row: BulkStatement) {
        place = TimelinePlace(time: row.integer(0), partition: row.integer(1), offset: row.integer(2))
        lane = Self.lane(row.text(3))
        source = row.text(4)
        type = row.text(5)
        name = row.text(6)
        identifier = Identifier(row.text(7), row.text(8))
    }

    /// The store may name a partition with its topic.
    private static func lane(_ partition: String) -> String {
        partition.split(separator: "/").last.map(String.init) ?? partition
    }
}
