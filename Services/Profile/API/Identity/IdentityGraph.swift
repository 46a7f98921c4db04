import Events
import Identity
import Store

/// The identifiers of a profile with their neighbours, and everything that speaks for two of them being one person's.
struct IdentityGraph {
    /// A robot's identifier has more evidence than anyone can look at.
    private static let most = 5000

    private let profile: ProfileView
    private let members: [SeenIdentifier]
    /// Identifiers with evidence to members that are not members themselves.
    private let neighbours: [SeenIdentifier]
    /// In the order of their times.
    private let links: [IdentityLink]
    private let isTruncated: Bool

    init(of profile: ProfileView, by lookup: ProfileLookup, in db: any SQLConnection) throws {
        self.profile = profile
        members = try Sightings(of: profile.number, in: db).dating(SeenIdentifier.all(of: profile.number, in: db))
        let graph = try WorkingGraph(reading: db, rules: lookup.rules, hash: lookup.hashes)
        var surroundings = try Surroundings(of: members.map(\.number), in: graph)
        surroundings.links.sort { $0.time < $1.time }
        isTruncated = surroundings.links.count > Self.most || surroundings.isTruncated
        links = Array(surroundings.links.prefix(Self.most))
        neighbours = try SeenIdentifier.numbered(Array(surroundings.others), in: db)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        profile.writeHead(to: &writer)
        writer.key("nodes")
        writer.beginArray()
        for member in members { write(member, isMember: true, to: &writer) }
        for neighbour in neighbours { write(neighbour, isMember: false, to: &writer) }
        writer.endArray()
        writer.array("edges", of: links) { $0.write(to: &$1) }
        writer.field("truncated", isTruncated)
        writer.endObject()
    }

    private func write(_ node: SeenIdentifier, isMember: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("identifier", node.identifier.description)
        node.writeFields(to: &writer)
        writer.field("member", isMember)
        writer.endObject()
    }

    /// What lies between some identifiers, and between them and others.
    private struct Surroundings {
        var links: [IdentityLink] = []
        /// The identifiers at the other ends.
        var others: Set<Int64> = []
        var isTruncated = false
        private let graph: WorkingGraph
        private let loaded: LoadedComponent

        init(of ids: [Int64], in graph: WorkingGraph) throws {
            self.graph = graph
            let seeds = try ids.map { try graph.node($0).part?.device ?? $0 }
            loaded = try LoadedComponent(around: seeds, in: graph)
            try addLinks(of: ids)
            for id in ids where try graph.node(id).isBorder { try addOutside(of: id) }
            others.subtract(ids)
        }

        /// What the resolution of the connected part looked at.
        private mutating func addLinks(of ids: [Int64]) throws {
            let own = Set(try ids.compactMap { try loaded.part($0, in: graph) })
            // The device itself has what all of those who used it have of it.
            let devices = Set(own.filter { $0.login == nil }.map(\.member))
            func isOwn(_ part: Resolution.Part) -> Bool { own.contains(part) || devices.contains(part.member) }
            for link in graph.rules.links(in: loaded.component) where isOwn(link.from) || isOwn(link.to) {
                guard let told = try loaded.told(link, in: graph) else { continue }
                links.append(told)
                others.formUnion([loaded.ids[link.from.member], loaded.ids[link.to.member]])
            }
        }

        /// What no resolution looks at: the evidence of an identifier that is known to be shared, or was claimed.
        private mutating func addOutside(of id: Int64) throws {
            let node = try graph.node(id)
            let rejection = node.state == .shared ? Rejection.shared(node.identifier) : .claimed(node.identifier)
            let outside = try graph.testimonies(of: id, limit: IdentityGraph.most + 1)
            isTruncated = isTruncated || outside.count > IdentityGraph.most
            for (other, testimony) in outside.prefix(IdentityGraph.most) where loaded[other] == nil {
                links.append(
                    IdentityLink(
                        from: .init(identifier: node.identifier),
                        to: .init(identifier: try graph.node(other).identifier),
                        tie: .evidence(Component.Evidence(0, 0, testimony)),
                        rejection: rejection
                    )
                )
                others.insert(other)
            }
        }
    }
}

extension IdentityLink {
    /// When it was said; what the same device says, before all.
    var time: Timestamp {
        switch tie {
        case .evidence(let evidence): evidence.time
        case .decision(let words): words.time
        case .device: .earliest
        }
    }
}
