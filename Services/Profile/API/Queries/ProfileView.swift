import Events
import FoundationEssentials
import GRDB

/// What stands of a profile in the tables made for reading; the rest is asked for only where it is shown.
struct ProfileView: Sendable {
    /// The profile's number in the store.
    let number: Int64
    let id: String
    let firstSeen: Timestamp
    let lastSeen: Timestamp
    let events: Int64
    let revision: Int64
    /// The traits as a JSON object.
    let traits: String

    /// Reads a profile; `nil` when it is there no more.
    init?(_ number: Int64, in db: Database) throws {
        let sql = """
            SELECT f.key, p.first_seen, p.traits, a.revision, a.events, a.last_seen
            FROM profile p JOIN identifier f ON f.id = p.founder LEFT JOIN activity a ON a.profile = p.id
            WHERE p.id = ?
            """
        guard let view = try db.first(sql, [number], { ProfileView(number, $0) }) else { return nil }
        self = view
    }

    private init(_ number: Int64, _ row: Row) {
        self.number = number
        id = PublicID.text(of: row[0] as Data)
        firstSeen = Timestamp(microseconds: row[1])
        traits = row[2]
        revision = row[3] ?? 0
        events = row[4] ?? 0
        lastSeen = Timestamp(microseconds: row[5] ?? row[1])
    }

    /// The ids that it had before, and that still lead to it, in no particular order but always the same.
    func formerIDs(in db: Database) throws -> [String] {
        guard let current = PublicID.key(of: id) else { return [] }
        var found: Set<Data> = []
        var open = [current]
        while let key = open.popLast() {
            let steps = try db.all("SELECT former FROM merge_log WHERE key = ?", [key]) { $0[0] as Data }
            for former in steps.flatMap(PublicID.keys) where former != current && found.insert(former).inserted {
                open.append(former)
            }
        }
        let leads = "SELECT 1 FROM identifier WHERE key = ? AND profile = ?"
        return try found.filter { try db.first(leads, [$0, number], { _ in true }) ?? false }
            .map { PublicID.text(of: $0) }.sorted()
    }
}

/// An identifier of a profile, and when it was seen.
struct SeenIdentifier: Sendable {
    let number: Int64
    let identifier: Identifier
    let firstSeen: Timestamp
    var lastSeen: Timestamp
    let isShared: Bool
    let profile: Int64

    static let columns = "i.id, n.name, i.value, i.first_seen, i.shared, i.profile"

    init(_ row: Row) {
        number = row[0]
        identifier = Identifier(row[1], row[2])
        firstSeen = Timestamp(microseconds: row[3])
        lastSeen = firstSeen
        isShared = [NodeState.shared, .divided].map(\.rawValue).contains(row[4])
        profile = row[5]
    }

    /// Reads an identifier by its number; `nil` when it is there no more.
    init?(_ number: Int64, in db: Database) throws {
        let sql = "SELECT \(Self.columns) FROM identifier i JOIN namespace n ON n.id = i.namespace WHERE i.id = ?"
        guard let identifier = try db.first(sql, [number], SeenIdentifier.init(_:)) else { return nil }
        self = identifier
    }

    /// The identifiers of a profile, the first seen first.
    static func all(of profile: Int64, in db: Database) throws -> [SeenIdentifier] {
        let sql = """
            SELECT \(columns) FROM identifier i JOIN namespace n ON n.id = i.namespace
            WHERE i.profile = ? ORDER BY i.first_seen, n.name, i.value
            """
        return try db.all(sql, [profile], SeenIdentifier.init(_:))
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeFields(to: &writer)
        writer.endObject()
    }

    func writeFields(to writer: inout JSONWriter) {
        writer.field("namespace", identifier.namespace)
        writer.field("value", identifier.value)
        writer.field("firstSeen", firstSeen)
        writer.field("lastSeen", lastSeen)
        writer.field("shared", isShared)
    }
}

/// Which sources told of a profile, and when each of its identifiers was seen last.
struct Sightings: Sendable {
    let sources: [String]
    private let last: [Int64: Int64]

    init(of profile: Int64, in db: Database) throws {
        // Events count for the identifier that they are anchored to; of the others, the traits that were seen with them tell.
        let events = """
            SELECT t.identifier, s.name, max(t.last)
            FROM identifier i CROSS JOIN run r CROSS JOIN tally t ON t.run = r.id AND t.identifier = i.id
            JOIN source s ON s.id = t.source WHERE i.profile = ? GROUP BY t.identifier, t.source
            """
        let traits = """
            SELECT o.identifier, s.name, max(o.time)
            FROM identifier i CROSS JOIN observation o ON o.identifier = i.id
            JOIN source s ON s.id = o.source WHERE i.profile = ? GROUP BY o.identifier, o.source
            """
        var last: [Int64: Int64] = [:]
        var sources: Set<String> = []
        for sql in [events, traits] {
            for (identifier, source, time) in try db.all(
                sql,
                [profile],
                { ($0[0] as Int64, $0[1] as String, $0[2] as Int64) }
            ) {
                last[identifier] = max(last[identifier] ?? time, time)
                sources.insert(source)
            }
        }
        self.last = last
        self.sources = sources.sorted()
    }

    /// The identifiers with the times that they were seen last.
    func dating(_ identifiers: [SeenIdentifier]) -> [SeenIdentifier] {
        identifiers.map { identifier in
            var identifier = identifier
            identifier.lastSeen = max(identifier.firstSeen, Timestamp(microseconds: last[identifier.number] ?? .min))
            return identifier
        }
    }
}
