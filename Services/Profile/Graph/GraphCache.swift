import Events
import Identity
import Store

/// What the pipeline remembers of the store from batch to batch; all of it can be read again.
final class GraphCache {
    /// What is known of the evidence for a pair.
    struct Weight {
        var strength: Int64
        var time: Int64
    }

    var namespaces = NameTable("namespace")
    var sources = NameTable("source")
    var traits = NameTable("trait")
    var events = EventTable()
    var ids: GenerationalCache<Key128, Int64>
    var nodes: GenerationalCache<Int64, Node>
    var memberships: GenerationalCache<Int64, ProfileMembership>
    var evidence: GenerationalCache<Pair, Weight>
    var uses: GenerationalCache<Int64, DeviceUse>
    /// What people decided.
    var decided: Decided
    /// The last numbers that were given out.
    var lastIdentifier: Int64
    var lastProfile: Int64

    /// A cache that remembers about so many identifiers.
    init(capacity: Int, in db: any SQLConnection) throws {
        ids = GenerationalCache(capacity: capacity)
        nodes = GenerationalCache(capacity: capacity)
        memberships = GenerationalCache(capacity: capacity / 2)
        evidence = GenerationalCache(capacity: capacity)
        uses = GenerationalCache(capacity: capacity / 2)
        decided = try Decided(in: db)
        let noted = try Meta.text(Meta.lastIdentifier, in: db).flatMap { Int64($0) } ?? 0
        lastIdentifier = try max(noted, db.lastID(in: "identifier"))
        lastProfile = try db.lastID(in: "profile")
    }

    /// Removes names of traits and events that nothing has any more, since a name may tell of a person as well.
    func forgetUnusedNames(in db: any SQLConnection) throws {
        try db.throughWholeTables {
            try db.execute("DELETE FROM trait WHERE id NOT IN (SELECT DISTINCT trait FROM observation)")
            try db.execute("DELETE FROM event WHERE id NOT IN (SELECT DISTINCT event FROM tally)")
        }
        traits = NameTable("trait")
        events = EventTable()
    }
}
