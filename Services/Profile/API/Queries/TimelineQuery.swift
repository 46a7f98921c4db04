import Events
import GRDB

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
    /// Runs are asked in the order of the times in them, and no more of them than it takes.
    func entries(of profile: Int64, limit: Int, in db: Database) throws -> [TimelineEntry] {
        var found: [TimelineEntry] = []
        let runs = try runs(in: db)
        for (index, run) in runs.enumerated() {
            found += try entries(of: profile, in: run.id, limit: limit, db)
            guard index + 1 < runs.count else { break }
            found = Array(found.sorted(by: isBefore).prefix(limit))
            if found.count == limit, let last = found.last, isBeyond(last.place.time, runs[index + 1]) { break }
        }
        return Array(found.sorted(by: isBefore).prefix(limit))
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

    private func runs(in db: Database) throws -> [Run] {
        let order = ascending ? "first, id" : "last DESC, id DESC"
        return try db.all(
            "SELECT id, first, last FROM run WHERE last >= ? AND first <= ? ORDER BY \(order)",
            [least, greatest]
        ) { Run(id: $0[0], first: $0[1], last: $0[2]) }
    }

    private func entries(of profile: Int64, in run: Int64, limit: Int, _ db: Database) throws -> [TimelineEntry] {
        var entries: [TimelineEntry] = []
        for member in try db.all("SELECT id FROM identifier WHERE profile = ?", [profile], { $0[0] as Int64 }) {
            entries += try db.all(
                sql,
                [
                    "run": run, "member": member, "least": least, "greatest": greatest, "limit": limit,
                    "time": after?.time, "partition": after?.partition, "offset": after?.offset,
                    "names": Self.list(names), "excluded": Self.list(excluded), "type": type, "source": source,
                ],
                TimelineEntry.init
            )
        }
        return entries
    }

    private static func list(_ names: [String]?) -> String? {
        names.map { JSONValue.array($0.map(JSONValue.string)).text }
    }

    private var sql: String {
        let behind = ascending ? ">" : "<"
        let order = ascending ? "" : " DESC"
        return """
            SELECT t.time, t.partition, t.offset, c.partition, s.name, e.type, e.name, n.name, i.value
            FROM (
                SELECT * FROM timeline
                WHERE run = :run AND identifier = :member AND time BETWEEN :least AND :greatest
                    AND (:time IS NULL OR (time, partition, offset) \(behind) (:time, :partition, :offset))
                    AND (:source IS NULL OR source = (SELECT id FROM source WHERE name = :source))
                    AND (:names IS NULL
                        OR event IN (SELECT id FROM event WHERE name IN (SELECT value FROM json_each(:names))))
                    AND (:excluded IS NULL
                        OR event NOT IN (SELECT id FROM event WHERE name IN (SELECT value FROM json_each(:excluded))))
                    AND (:type IS NULL OR event IN (SELECT id FROM event WHERE type = :type))
                ORDER BY time\(order), partition\(order), offset\(order) LIMIT :limit
            ) t
            JOIN consumer c ON c.id = t.partition JOIN source s ON s.id = t.source JOIN event e ON e.id = t.event
            JOIN identifier i ON i.id = t.identifier JOIN namespace n ON n.id = i.namespace
            """
    }
}

extension TimelineEntry {
    fileprivate init(_ row: Row) {
        place = TimelinePlace(time: row[0], partition: row[1], offset: row[2])
        lane = Self.lane(row[3])
        source = row[4]
        type = row[5]
        name = row[6]
        identifier = Identifier(row[7], row[8])
    }

    /// The store may name a partition with its topic.
    private static func lane(_ partition: String) -> String {
        partition.split(separator: "/").last.map(String.init) ?? partition
    }
}
