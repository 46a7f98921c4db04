import Events
import Identity
import Store

/// The part of the graph that one batch looks at, and what the batch changes in it.
///
/// Nothing of it outlives the transaction unless ``remember()`` is called; so a transaction that fails leaves the cache as it was.
/// The steps, in their order: identifiers are found or made (``identify(_:at:_:)``), evidence is noted (``note(_:)``), profiles
/// are joined (``join()``), events find their places anew (``reanchor()``), and the changes are written (``saveNodes()``).
final class WorkingGraph {
    let db: any SQLConnection
    let cache: GraphCache
    let rules: Rules
    let hash: KeyedHash

    var nodes: NumberedValues<Node>
    var memberships: NumberedValues<ProfileMembership>

    /// The identifiers that did not exist before the batch, by their keys, up to one of them.
    private var madeKeys: [Key128: Int64] = [:]
    private var lastKeyed: Int64
    /// The parts of devices among them, and those that there were, by device and login.
    var madeParts: [Int64: [Int64: Int64]] = [:]
    var formerParts: [Int64: [Int64: Int64]] = [:]
    /// Identifiers that did, and that changed.
    var changedNodes: Set<Int64> = []
    /// The profiles that changed, as they were before the batch.
    var originals: [Int64: ProfileMembership] = [:]
    /// For each identifier that moved, the profile it was in before the batch.
    var origins: [Int64: Int64] = [:]
    /// Profiles that are there no more, each with the one that took its place.
    var successors: [Int64: Int64] = [:]
    /// Profiles that are there no more and that none took the place of.
    var vanished: Set<Int64> = []
    /// Profiles whose events are to be counted anew, because some went elsewhere.
    var recounts: Set<Int64> = []
    /// Profiles of which only what the store keeps for itself changed.
    var touched: Set<Int64> = []
    /// Profiles that were first seen at another time than was known.
    var redated: Set<Int64> = []
    /// Pairs that there was no evidence for before, and those whose evidence got better.
    var newPairs: [Pair] = []
    var betterPairs: [Pair] = []
    /// Identifiers that have become nobody's, or are no longer.
    var restated: Set<Int64> = []
    /// Shared and claimed identifiers of which it is to be decided anew what they are.
    var reconsidered: Set<Int64> = []
    var weights: [Pair: GraphCache.Weight] = [:]
    /// Who uses the devices that the batch looks at, and within which time that is new.
    var uses: [Int64: DeviceUse] = [:]
    var changedUses: [Int64: DeviceUse.Span] = [:]
    /// Devices that are divided otherwise than they were, or are no longer, with the time that it is about.
    var redivided: [Int64: DeviceUse.Span] = [:]
    /// Evidence of pairs with a device that is new.
    var newSightings: [(pair: Pair, testimony: Testimony)] = []
    /// What the batch told for the first time of who is who.
    var occasions: [Occasion] = []
    /// Identifiers whose profiles may have other traits now.
    var retold: Set<Int64> = []
    /// What may count of traits from now on, as far as an identifier goes: the last value, or what is new where a rule chooses.
    ///
    /// It makes other traits of those profiles only that had another value.
    var told: [Int64: [ToldValue]] = [:]
    /// What was seen of traits with identifiers that are new.
    var seen: [Int64: [(trait: Int64, value: SeenValue)]] = [:]
    /// Profiles that lost traits to another one.
    var refolds: Set<Int64> = []
    /// Identifiers whose place is to be found anew, because something that was said of them was taken back.
    var retracted: Set<Int64> = []
    /// How many events were taken out of each run.
    var withdrawn: [Int64: Int64] = [:]
    /// Identifiers and parts of devices that are there no more.
    var removed: Set<Int64> = []

    let firstNewIdentifier: Int64
    let firstNewProfile: Int64
    var lastIdentifier: Int64
    var lastProfile: Int64

    init(db: any SQLConnection, cache: GraphCache, rules: Rules, hash: KeyedHash) {
        self.db = db
        self.cache = cache
        self.rules = rules
        self.hash = hash
        lastIdentifier = cache.lastIdentifier
        lastProfile = cache.lastProfile
        firstNewIdentifier = lastIdentifier + 1
        firstNewProfile = lastProfile + 1
        lastKeyed = lastIdentifier
        nodes = NumberedValues(firstOwn: firstNewIdentifier)
        memberships = NumberedValues(firstOwn: firstNewProfile)
    }

    /// A graph to look at: it has a memory of its own, so that the pipeline's is neither asked nor changed.
    convenience init(reading db: any SQLConnection, rules: Rules, hash: KeyedHash) throws {
        self.init(db: db, cache: try GraphCache(capacity: 1024, in: db), rules: rules, hash: hash)
    }

    /// Keeps for the next batch what this one knows; called once it is committed.
    func remember() {
        cache.lastIdentifier = lastIdentifier
        cache.lastProfile = lastProfile
        for id in made {
            guard let node = nodes[id] else { continue }
            if node.part == nil { cache.ids.insert(id, for: node.key) }
            cache.nodes.insert(node, for: id)
        }
        for id in changedNodes { cache.nodes.insert(nodes[id], for: id) }
        for profile in touched { cache.memberships.insert(memberships[profile], for: profile) }
        for profile in successors.keys { cache.memberships.remove(profile) }
        for (pair, weight) in weights { cache.evidence.insert(weight, for: pair) }
        for (device, use) in uses { cache.uses.insert(use, for: device) }
        for id in removed {
            if let node = nodes[id], node.part == nil { cache.ids.remove(node.key) }
            cache.nodes.remove(id)
            cache.uses.remove(id)
        }
        for profile in vanished { cache.memberships.remove(profile) }
    }

    func isNew(_ id: Int64) -> Bool { id >= firstNewIdentifier }

    func wasThere(profile: Int64) -> Bool { profile < firstNewProfile }

    func isThere(_ profile: Int64) -> Bool { successors[profile] == nil && !vanished.contains(profile) }

    // MARK: - Reading

    /// Identifiers that did not exist before the batch, in the order they were made.
    var made: Range<Int64> { firstNewIdentifier..<lastIdentifier + 1 }

    /// The number of an identifier that did not exist before the batch; few are ever asked for.
    func made(by key: Key128) throws -> Int64? {
        while lastKeyed < lastIdentifier {
            lastKeyed += 1
            madeKeys[try self.key(of: lastKeyed)] = lastKeyed
        }
        return madeKeys[key]
    }

    func node(_ id: Int64) throws -> Node {
        if let node = nodes[id] { return node }
        let node = try known(id)
        nodes[id] = node
        return node
    }

    /// Whether there is an identifier.
    func isKnown(_ id: Int64) throws -> Bool {
        if nodes[id] == nil, cache.nodes[id] == nil { try loadNodes([id]) }
        return (nodes[id] != nil || cache.nodes[id] != nil) && !removed.contains(id)
    }

    /// The identifier as it was before the batch.
    private func known(_ id: Int64) throws -> Node {
        if let node = cache.nodes[id] { return node }
        try loadNodes([id])
        guard let node = cache.nodes[id] else { throw PipelineError.damagedStore("Identifier \(id) is missing.") }
        return node
    }

    func membership(_ profile: Int64) throws -> ProfileMembership {
        if let membership = memberships[profile] { return membership }
        let membership = try known(profile: profile)
        memberships[profile] = membership
        return membership
    }

    /// The profile as it was before the batch.
    private func known(profile: Int64) throws -> ProfileMembership {
        if let membership = cache.memberships[profile] { return membership }
        try loadMemberships([profile])
        guard let membership = cache.memberships[profile] else {
            throw PipelineError.damagedStore("Profile \(profile) is missing.")
        }
        return membership
    }

    // MARK: - Changing

    /// Changes a profile, and remembers how it was.
    func change(_ profile: Int64, _ change: (inout ProfileMembership) throws -> Void) throws {
        var membership = try membership(profile)
        if wasThere(profile: profile), originals[profile] == nil { originals[profile] = membership }
        try change(&membership)
        memberships[profile] = membership
        touched.insert(profile)
    }

    /// Puts an identifier into a profile; the profile's own list is for the caller to see to.
    func move(_ id: Int64, to profile: Int64) throws {
        let node = try node(id)
        guard node.profile != profile else { return }
        if !isNew(id) {
            if origins[id] == nil { origins[id] = node.profile }
            changedNodes.insert(id)
        }
        nodes[id] = node.with(profile: profile)
    }

    /// The profile that an identifier belonged to before the batch; `nil` for a new one.
    func origin(of id: Int64) throws -> Int64? {
        if isNew(id) { return nil }
        if let origin = origins[id] { return origin }
        return try node(id).profile
    }

    func newProfile() -> Int64 {
        lastProfile += 1
        return lastProfile
    }

    /// Whether the first founds a profile rather than the second.
    func precedes(_ left: Int64, _ right: Int64) throws -> Bool {
        let (one, other) = (try node(left), try node(right))
        // A profile is called by a part of a device only if there is nothing else.
        if (one.part == nil) != (other.part == nil) { return one.part == nil }
        let (seen, otherSeen) = (try foundingTime(one), try foundingTime(other))
        if seen != otherSeen { return seen < otherSeen }
        if one.identifier != other.identifier { return one.identifier < other.identifier }
        guard let mine = one.part, let theirs = other.part else { return false }
        return try node(mine.login).identifier < node(theirs.login).identifier
    }

    /// When it was first seen; of a part of a device, when the device was.
    private func foundingTime(_ node: Node) throws -> Int64 {
        try node.part.map { try self.node($0.device).firstSeen } ?? node.firstSeen
    }

    func founder(of members: [Int64]) throws -> Int64 {
        guard var founder = members.first else { throw PipelineError.damagedStore("A profile has no members.") }
        for member in members.dropFirst() where try precedes(member, founder) { founder = member }
        return founder
    }
}
