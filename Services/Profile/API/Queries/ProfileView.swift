import Events
import FoundationEssentials
import Store

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
    init?(_ number: Int64, in db: any SQLConnection) throws {
        guard let view = try Self.all([number], in: db)[number] else { return nil }
        self = view
    }

    /// Reads the profile that a key leads to, as ``ProfileLookup/key(of:in:)`` gives it; `nil` when there is none.
    init?(key: Data, in db: any SQLConnection) throws {
        let ofKey = SQLText(" WHERE p.id = (SELECT profile FROM identifier WHERE key = ?)", [key.sqlValue])
        guard let view = try db.all(Self.columns + ofKey, ProfileView.init(_:)).first else { return nil }
        self = view
    }

    /// Reads profiles, by their numbers.
    static func all(_ numbers: [Int64], in db: any SQLConnection) throws -> [Int64: ProfileView] {
        let views = try db.all(columns + " WHERE p.id", among: numbers) { ProfileView($0) }
        return Dictionary(uniqueKeysWithValues: views.map { ($0.number, $0) })
    }

    /// How many of some profiles, from the first on, have no more characters of traits together than that; one at least.
    static func fitting(_ numbers: [Int64], characters most: Int, in db: any SQLConnection) throws -> Int {
        let size: SQLText = "SELECT id, CAST(length(traits) AS bigint) FROM profile WHERE id"
        let sizes = Dictionary(try db.all(size, among: numbers) { ($0[0] as Int64, $0[1] as Int64) }) { $1 }
        var left = Int64(most)
        let fitting = numbers.prefix { number in
            left -= sizes[number] ?? 0
            return left >= 0
        }
        return max(1, fitting.count)
    }

    private static let columns: SQLText = """
        SELECT p.id, f.key, p.first_seen, p.traits, a.revision, a.events, a.last_seen
        FROM profile p JOIN identifier f ON f.id = p.founder LEFT JOIN activity a ON a.profile = p.id
        """

    private init(_ row: SQLRow) {
        number = row[0]
        id = PublicID.text(of: row[1] as Data)
        firstSeen = Timestamp(microseconds: row[2])
        traits = row[3]
        revision = row[4] ?? 0
        events = row[5] ?? 0
        lastSeen = (row[6] as Int64?).map(Timestamp.init(microseconds:)) ?? firstSeen
    }
}
