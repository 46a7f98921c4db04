import Events
import Identity
import Store

/// All evidence between a person's identifiers, and that to addresses which are nobody's.
///
/// It has nothing of anybody else: neither an identifier, nor whose times on a device were theirs.
struct OwnEvidence {
    /// In the order of their times.
    private(set) var links: [IdentityLink] = []
    private let graph: WorkingGraph
    private let loaded: LoadedComponent
    /// The person's identifiers, and times on devices.
    private let parts: Set<Resolution.Part>
    /// The devices that the person has times on.
    private let devices: Set<Int>

    init(of profile: Int64, by lookup: ProfileLookup, in db: any SQLConnection) throws {
        let graph = try WorkingGraph(reading: db, rules: lookup.rules, hash: lookup.hashes)
        let ids = try graph.membership(profile).members
        let loaded = try LoadedComponent(around: ids.map { try graph.node($0).part?.device ?? $0 }, in: graph)
        let parts = Set(try ids.compactMap { try loaded.part($0, in: graph) })
        (self.graph, self.loaded, self.parts) = (graph, loaded, parts)
        devices = Set(parts.filter { $0.login != nil }.map(\.member))
        try addResolved()
        for id in ids where try graph.node(id).isBorder { try addOutside(of: id) }
        links.sort { $0.time < $1.time }
    }

    /// What the resolution of the connected part looked at.
    private mutating func addResolved() throws {
        for link in graph.rules.links(in: loaded.component) where try isOwn(link) {
            if let told = try loaded.told(link, in: graph) { links.append(told) }
        }
    }

    private func isOwn(_ link: Explanation.Link) throws -> Bool {
        let ends = [link.from, link.to]
        guard let other = ends.first(where: { !parts.contains($0) }) else { return true }
        guard ends.contains(where: { parts.contains($0) }) else { return false }
        // What happened on the person's device while nobody was logged in is nobody else's.
        if other.login == nil, devices.contains(other.member) { return true }
        guard case .evidence = link.tie, other.login == nil else { return false }
        return try isNobodysAddress(loaded.ids[other.member])
    }

    private func isNobodysAddress(_ id: Int64) throws -> Bool {
        let node = try graph.node(id)
        let rule = graph.rules[node.identifier.namespace]
        return node.isNobodys && !rule.isUnique && !rule.isDevice
    }

    // MARK: - Outside

    /// What no resolution looks at: the evidence of what is known to be shared, or was claimed, to addresses that are nobody's.
    private mutating func addOutside(of id: Int64) throws {
        let node = try graph.node(id)
        let rejection = node.state == .shared ? Rejection.shared(node.identifier) : .claimed(node.identifier)
        for (other, testimony) in try testimonies(of: id) where try loaded[other] == nil && isNobodysAddress(other) {
            links.append(
                IdentityLink(
                    from: IdentityLink.End(identifier: node.identifier),
                    to: IdentityLink.End(identifier: try graph.node(other).identifier),
                    tie: .evidence(Component.Evidence(0, 0, testimony)),
                    rejection: rejection
                )
            )
        }
    }

    /// The evidence of an identifier to those that are shared, claimed or ambiguous; it may have a crowd's, of which nothing is wanted.
    private func testimonies(of id: Int64) throws -> [(other: Int64, testimony: Testimony)] {
        let (db, states) = (graph.db, [NodeState.shared, .claimed, .ambiguous].map { "\($0.rawValue)" })
        let query = try BulkStatement(
            """
            SELECT e.strength, e.time, e.source, e.message_id, side.other
            FROM evidence side CROSS JOIN identifier o CROSS JOIN evidence e
            WHERE side.identifier = ?1 AND o.id = side.other AND o.shared IN (\(states.joined(separator: ", ")))
                AND e.identifier = \(db.dialect.least)(side.identifier, side.other)
                AND e.other = \(db.dialect.greatest)(side.identifier, side.other)
            """,
            in: db
        )
        query.bind(1, id)
        var testimonies: [(Int64, Testimony)] = []
        while try query.step() { testimonies.append((query.integer(4), try Testimony(query, 0, graph))) }
        return testimonies
    }
}
