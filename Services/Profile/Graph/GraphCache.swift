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

    /// What transactions changed of what others may have read before them.
    struct Changes {
        /// Identifiers that changed or are gone; those that are gone.
        var nodes: Set<Int64> = []
        var removed: Set<Int64> = []
        var profiles: Set<Int64> = []
        /// The numbers of new identifiers.
        var made: [Key128: Int64] = [:]

        /// The number of an identifier that had this one before, or 0.
        func number(of key: Key128, before: Int64) -> Int64 {
            let number = made[key] ?? before
            return removed.contains(number) ? 0 : number
        }

        /// Adds what a later transaction changed.
        mutating func add(_ later: Changes) {
            nodes.formUnion(later.nodes)
            removed.formUnion(later.removed)
            profiles.formUnion(later.profiles)
            made.merge(later.made) { $1 }
        }
    }

    var namespaces = NameTable("namespace")
    var sources = NameTable("source")
    var traits = NameTable("trait")
    var events = EventTable()
    let ids: KnownIdentifiers
    var nodes: GenerationalCache<Int64, Node>
    var memberships: GenerationalCache<Int64, Membership>
    var evidence: GenerationalCache<Pair, Weight>
    var uses: GenerationalCache<Int64, DeviceUse>
    /// How often it was asked to read ahead, and what was changed since the last time; `nil` if nobody reads, or too much was.
    private var requests = 0
    private var changes: Changes?
    private let capacity: Int
    /// What people decided.
    var decided: Decided
    /// The last numbers that were given out.
    var lastIdentifier: Int64
    var lastProfile: Int64

    /// A cache that remembers about so many identifiers.
    init(capacity: Int, in db: any SQLConnection) throws {
        self.capacity = capacity
        ids = KnownIdentifiers(capacity: capacity)
        nodes = GenerationalCache(capacity: capacity)
        memberships = GenerationalCache(capacity: capacity / 2)
        evidence = GenerationalCache(capacity: capacity)
        uses = GenerationalCache(capacity: capacity / 2)
        decided = try Decided(in: db)
        lastIdentifier = try db.lastID(in: "identifier")
        lastProfile = try db.lastID(in: "profile")
    }

    // MARK: - What was read ahead

    /// Notes what a transaction changed.
    func note(_ later: Changes) {
        changes?.add(later)
        // What was read so long ago is hardly of use, and who reads may never come back.
        if let known = changes, known.nodes.count + known.made.count > 4 * max(capacity, 1024) { changes = nil }
    }

    /// What is to be known by who reads ahead of the next transactions.
    func prefetch() -> Prefetched.Request {
        requests += 1
        changes = Changes()
        return Prefetched.Request(known: ids, number: requests)
    }

    /// Remembers what was read ahead, but for what was changed meanwhile, which it returns; `nil` if that cannot be told.
    func take(_ prefetched: Prefetched) -> Changes? {
        guard prefetched.known === ids, prefetched.number == requests, let changes else { return nil }
        self.changes = nil
        for (id, node) in prefetched.nodes where !changes.nodes.contains(id) && nodes[id] == nil {
            nodes.insert(node, for: id)
        }
        for (profile, membership) in prefetched.memberships
        where !changes.profiles.contains(profile) && memberships[profile] == nil {
            memberships.insert(membership, for: profile)
        }
        return changes
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
