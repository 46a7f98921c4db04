import Events
import Store

/// Which sources told of a profile, and when each of its identifiers was seen last.
struct Sightings: Sendable {
    let sources: [String]
    private let last: [Int64: Int64]

    private init(_ seen: some Collection<Sighting>) {
        sources = Set(seen.map(\.source)).sorted()
        last = Dictionary(seen.map { ($0.identifier, $0.time) }, uniquingKeysWith: max)
    }

    init(of profile: Int64, in db: any SQLConnection) throws {
        self = try Self.all(of: [profile], in: db)[profile] ?? Sightings([])
    }

    /// Those of each of some profiles that has any.
    static func all(of profiles: [Int64], in db: any SQLConnection) throws -> [Int64: Sightings] {
        // Events count for the identifier that they are anchored to; of the others, the traits that were seen with them tell.
        let events = SQLText(
            """
            SELECT i.profile, t.identifier, s.name, max(t.last)
            FROM \(ProfileTallies.source) JOIN source s ON s.id = t.source WHERE \(ProfileTallies.condition) AND i.profile
            """
        )
        let traits: SQLText = """
            SELECT i.profile, o.identifier, s.name, max(abs(o.time))
            FROM identifier i CROSS JOIN observation o JOIN source s ON s.id = o.source
            WHERE o.identifier = i.id AND i.profile
            """
        let seen = try db.all(events, among: profiles, " GROUP BY i.profile, t.identifier, s.name", Sighting.init)
        let told = try db.all(traits, among: profiles, " GROUP BY i.profile, o.identifier, s.name", Sighting.init)
        return Dictionary(grouping: seen + told, by: \.profile).mapValues { Sightings($0) }
    }

    private struct Sighting {
        let profile: Int64
        let identifier: Int64
        let source: String
        let time: Int64

        init(_ row: SQLRow) {
            (profile, identifier, source, time) = (row[0], row[1], row[2], row[3])
        }
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
