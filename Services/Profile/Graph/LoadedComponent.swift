import Events
import GRDB
import Identity
import Store

/// A connected part of the graph as it is in the store, for a resolution.
struct LoadedComponent {
    /// For each place in the component, the identifier's number.
    private(set) var ids: [Int64] = []
    private(set) var component = Component(members: [], evidence: [])
    /// For each piece of evidence, the namespace that it was rejected for; 0 if it was not.
    private(set) var rejected: [Int64] = []
    private var places: [Int64: Int] = [:]

    /// Loads everything that an identifier is connected with.
    ///
    /// What was found to be shared before is a border: it stays shared, since evidence is not taken back; so what lies
    /// behind it does not matter. What has become shared with this batch is none: until now it may have joined the others.
    init(around seed: Int64, in graph: WorkingGraph) throws {
        place(seed, try graph.node(seed))
        var next = 0
        while next < ids.count {
            if !component.members[next].isKnownShared { try expand(next, graph) }
            next += 1
        }
    }

    /// The place of an identifier; `nil` if it is not part of this.
    subscript(_ id: Int64) -> Int? { places[id] }

    private mutating func expand(_ place: Int, _ graph: WorkingGraph) throws {
        let id = ids[place]
        let query = try BulkStatement(
            "SELECT other, strength, time, source, message_id, rejected FROM evidence WHERE identifier = ?",
            in: graph.db
        )
        query.bind(1, id)
        var neighbours: [(id: Int64, row: Row?)] = []
        while try query.step() { neighbours.append((query.integer(0), try Row(query, graph))) }
        for (other, row) in neighbours {
            let node = try graph.node(other)
            let neighbour = self.place(other, node)
            // The row with the facts is seen from the lesser end; a border is only seen from this one, and tells no facts.
            guard id < other || node.isShared else { continue }
            append(row ?? Row(), place, neighbour)
        }
    }

    @discardableResult
    private mutating func place(_ id: Int64, _ node: Node) -> Int {
        if let place = places[id] { return place }
        places[id] = ids.count
        ids.append(id)
        component.members.append(
            Component.Member(
                node.identifier,
                firstSeen: Timestamp(microseconds: node.firstSeen),
                isKnownShared: node.isShared
            )
        )
        return ids.count - 1
    }

    private mutating func append(_ row: Row, _ left: Int, _ right: Int) {
        component.evidence.append(
            Component.Evidence(
                left,
                right,
                strength: Strength(row.strength),
                time: Timestamp(microseconds: row.time),
                source: row.source,
                messageID: row.messageID
            )
        )
        rejected.append(row.rejected)
    }

    private struct Row {
        var strength: Int64 = 0
        var time: Int64 = 0
        var source = ""
        var messageID = ""
        var rejected: Int64 = 0

        init() {}

        init?(_ query: BulkStatement, _ graph: WorkingGraph) throws {
            guard !query.isNull(1) else { return nil }
            strength = query.integer(1)
            time = query.integer(2)
            source = try graph.cache.sources.name(of: query.integer(3), in: graph.db)
            messageID = query.text(4)
            rejected = query.integer(5)
        }
    }
}
