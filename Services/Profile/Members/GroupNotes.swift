import MessageLog
import Store

/// What the members of a group tell each other, in tables beside those by which they agree on who does what.
struct GroupNotes: Sendable {
    /// The step that makes the tables.
    static let migration = SQLMigration(
        "kith profile notes",
        """
        -- How far decisions are in effect, how the rebuild stands, and what is asked of it; by name.
        CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        -- The number of the oldest store that each member reads.
        CREATE TABLE reading (member TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
        """
    )
    private static let adopted = "adopted"
    private static let group = "group"

    /// The tables, as this member may write to them.
    let store: any SQLStore
    let member: String

    // MARK: The group

    /// Notes the group's name, or refuses another one: it is that of the lanes that changes are told in, which are to stay.
    static func enter(_ name: String, _ store: any SQLStore) async throws {
        let known = try await store.write { db in
            try db.execute("INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", [Self.group, name])
            return try value(Self.group, in: db)
        }
        if let known, known != name { throw GroupError.otherGroup(name, known: known) }
    }

    // MARK: Decisions

    /// Notes up to where `control` is in effect.
    func note(adopted positions: [Partition: Offset]) async throws {
        let text = positions.map { "\($0.key.name) \($0.value)" }.sorted().joined(separator: "\n")
        try await store.write { try Self.set(Self.adopted, text, in: $0) }
    }

    /// Whether `control` is in effect up to there; it is not before somebody has resolved.
    func hasAdopted(_ positions: [Partition: Offset]) async throws -> Bool {
        guard let text = try await store.read({ try Self.value(Self.adopted, in: $0) }) else { return false }
        var adopted: [Substring: Offset] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { adopted[words[0]] = Offset(words[1]) }
        }
        return positions.allSatisfy { partition, offset in (adopted[Substring(partition.name)] ?? 0) >= offset }
    }

    // MARK: Stores

    /// Notes which stores this member reads, by the oldest.
    func note(reading number: Int) async throws {
        let sql = """
            INSERT INTO reading (member, number) VALUES (?, ?) ON CONFLICT (member) DO UPDATE SET number = excluded.number
            """
        try await store.write { [member] in try $0.execute(sql, [member, number]) }
    }

    /// The oldest store that any member reads; one that has not noted it yet may read any.
    func oldestRead() async throws -> Int {
        let sql = """
            SELECT min(COALESCE(r.number, 0)) FROM member m LEFT JOIN reading r ON r.member = m.name WHERE m.present = 1
            """
        return try await store.read { try $0.value(sql) ?? 0 }
    }

    // MARK: Forgetting

    /// Leaves nothing on the disk of what a report of a rebuild told of people, who are in it no more.
    func wipe() async throws { try await store.wipe() }

    // MARK: By name

    static func value(_ name: String, in db: any SQLConnection) throws -> String? {
        try db.value("SELECT value FROM note WHERE name = ?", [name])
    }

    static func set(_ name: String, _ value: String, in db: any SQLConnection) throws {
        let sql = """
            INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """
        try db.execute(sql, [name, value])
    }

    static func remove(_ name: String, in db: any SQLConnection) throws {
        try db.execute("DELETE FROM note WHERE name = ?", [name])
    }
}

/// Why a process cannot be a member.
enum GroupError: Error, Equatable, CustomStringConvertible {
    case otherGroup(String, known: String)

    /// One sentence that says what is wrong.
    var description: String {
        switch self {
        case .otherGroup(let name, let known):
            "The store in PostgreSQL is that of the group “\(known)”, not “\(name)”: start this process with KITH_GROUP=\(known)."
        }
    }
}
