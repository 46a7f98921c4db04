import Events
import Identity
import MessageLog
import Store
import Topics

/// What the store has of a person who is to be forgotten.
struct ForgottenPerson {
    /// The numbers of the person's identifiers; what of a device is only theirs at times is none.
    let ids: Set<Int64>
    /// Where the person's own events are.
    let own: Set<EventPlace>
    /// Where events of others are that may have something of the person.
    let mentions: Set<EventPlace>

    let identifiers: Set<Identifier>

    init(_ suppression: Suppression, in graph: WorkingGraph) throws {
        let rules = graph.rules
        let named = Set(suppression.identifiers.compactMap { rules.normalized($0.namespace, $0.value) })
        ids = try Self.everything(of: try named.compactMap { try graph.number(of: graph.hash.key(of: $0)) }, in: graph)
        identifiers = named.union(try ids.map { try graph.node($0).identifier })
        let anchors = try Self.anchors(of: ids, in: graph)
        own = try anchors.reduce(into: []) { $0.formUnion(try graph.places(of: $1)) }
        var mentions: Set<EventPlace> = []
        for neighbour in try Self.neighbours(of: ids, in: graph) {
            mentions.formUnion(try graph.places(of: neighbour, naming: ids))
        }
        mentions.formUnion(try Self.telling(identifiers, in: graph))
        self.mentions = mentions
    }

    /// The identifiers, and what has turned out to be the same person's since it was asked for.
    private static func everything(of ids: [Int64], in graph: WorkingGraph) throws -> Set<Int64> {
        var all = Set(ids)
        for id in ids {
            let profile = try graph.membership(graph.node(id).profile)
            guard !profile.isShared else { continue }
            all.formUnion(try profile.members.filter { try graph.node($0).part == nil })
        }
        return all
    }

    /// What the person's own events are anchored to: the identifiers, their parts if they are devices, and of other devices the times
    /// that the profile has; not those of somebody who has come into the profile since.
    private static func anchors(of ids: Set<Int64>, in graph: WorkingGraph) throws -> Set<Int64> {
        var anchors = ids
        for id in ids {
            anchors.formUnion(try graph.allParts(of: id))
            let members = try graph.membership(graph.node(id).profile).members
            let others = Set(members).subtracting(ids)
            for member in members {
                guard let part = try graph.node(member).part, !others.contains(part.login) else { continue }
                anchors.insert(member)
            }
        }
        return anchors
    }

    private static func neighbours(of ids: Set<Int64>, in graph: WorkingGraph) throws -> Set<Int64> {
        var neighbours: Set<Int64> = []
        for id in ids { neighbours.formUnion(try graph.neighbours(of: id)) }
        for neighbour in neighbours { neighbours.formUnion(try graph.allParts(of: neighbour)) }
        return neighbours.subtracting(ids)
    }

    /// The events by which others have a trait with an address of the person in it.
    private static func telling(_ identifiers: Set<Identifier>, in graph: WorkingGraph) throws -> Set<EventPlace> {
        let query = try BulkStatement(
            "SELECT identifier, abs(time) FROM observation WHERE \(graph.db.dialect.position)(value, ?) > 0",
            in: graph.db
        )
        var places: Set<EventPlace> = []
        for identifier in identifiers where graph.rules[identifier.namespace].normalization != .trimmed {
            query.bind(1, identifier.value)
            var seen: [(anchor: Int64, time: Int64)] = []
            while try query.step() { seen.append((query.integer(0), query.integer(1))) }
            query.reset()
            for (anchor, time) in seen { places.formUnion(try graph.places(of: anchor, at: time)) }
        }
        return places
    }

    /// Whether everybody who knows the identifiers can see that it is the person's event.
    func isEvidently(_ event: DecodedEvent) -> Bool {
        event.facts.identifiers.first.map(identifiers.contains) ?? false
    }
}
