import Events
import Identity
import MessageLog
import Store
import Topics

/// What the store has of a person who is to be forgotten.
struct ForgottenPerson {
    /// The numbers of the person's identifiers; what of a device is only theirs at times is none.
    let ids: Set<Int64>
    /// What all the person's own events are anchored to, and nobody else's.
    let anchors: Set<Int64>
    /// Where the person's own events are.
    let own: Set<EventPlace>
    /// Where events of others are that may have something of the person.
    let mentions: Set<EventPlace>

    let identifiers: Set<Identifier>

    init(_ suppression: Suppression, in graph: WorkingGraph) throws {
        let rules = graph.rules
        let named = Set(suppression.identifiers.compactMap { rules.normalized($0) })
        let numbers = try named.compactMap { try graph.number(of: graph.hash.key(of: $0)) }
        // Should an address be somebody's by now, it goes out of that one's profile, and nothing else does.
        ids = suppression.isAlone ? Set(numbers) : try Self.everything(of: numbers, in: graph)
        identifiers = named.union(try ids.map { try graph.node($0).identifier })
        anchors = suppression.isAlone ? ids : try Self.anchors(of: ids, in: graph)
        own = try anchors.reduce(into: []) { $0.formUnion(try graph.places(of: $1)) }
        var mentions: Set<EventPlace> = []
        for anchor in try ids.flatMap(graph.anchors(near:)) where !ids.contains(anchor) {
            mentions.formUnion(try graph.rows(of: anchor, naming: ids).keys)
        }
        mentions.formUnion(try Self.telling(identifiers, in: graph))
        for name in try Self.namesakes(of: identifiers, in: graph) where !ids.contains(name) {
            mentions.formUnion(try graph.places(of: name))
            for anchor in try graph.anchors(near: name) {
                mentions.formUnion(try graph.rows(of: anchor, naming: [name]).keys)
            }
        }
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

    /// The events by which others have a trait with an address of the person in it, however it is written there.
    private static func telling(_ identifiers: Set<Identifier>, in graph: WorkingGraph) throws -> Set<EventPlace> {
        var seen: [(identifier: Int64, time: Int64)] = []
        try eachTold(in: graph) { addresses, identifier, time in
            if !identifiers.isDisjoint(with: addresses) { seen.append((identifier, time)) }
        }
        var places: Set<EventPlace> = []
        for (identifier, time) in seen {
            // The event is anchored to what it was seen with, unless that is nobody's.
            var anchors: Set = [identifier]
            if try graph.node(identifier).isNobodys { anchors.formUnion(try graph.anchors(near: identifier)) }
            for anchor in anchors { places.formUnion(try graph.places(of: anchor, at: time)) }
        }
        return places
    }

    /// Gives the addresses in each value of a trait that may have some, what it was seen with, and when.
    static func eachTold(
        in graph: WorkingGraph,
        _ body: (_ addresses: Set<Identifier>, _ identifier: Int64, _ time: Int64) -> Void
    ) throws {
        let contains = graph.db.dialect.position
        // An escape may stand for the sign.
        let statement =
            "SELECT identifier, abs(time), value FROM observation WHERE \(contains)(value, '@') > 0 OR \(contains)(value, '\\') > 0"
        try graph.db.throughWholeTables {
            try graph.db.each(statement, []) { row in
                let text: String = row[2]
                if let value = try? JSONDocument(Array(text.utf8), limits: EventEnvelope.limits).root {
                    body(graph.rules.addresses(in: value), row[0], row[1])
                }
                return true
            }
        }
    }

    /// Identifiers of other namespaces that are written as an address of the person is, such as a customer number.
    private static func namesakes(of identifiers: Set<Identifier>, in graph: WorkingGraph) throws -> [Int64] {
        let statement = """
            SELECT i.id, i.value, n.name FROM identifier i JOIN namespace n ON n.id = i.namespace
            WHERE i.device IS NULL AND \(graph.db.dialect.position)(i.value, '@') > 0
            """
        var found: [Int64] = []
        try graph.db.throughWholeTables {
            try graph.db.each(statement, []) { row in
                let (id, text, namespace): (Int64, String, String) = (row[0], row[1], row[2])
                guard graph.rules[namespace].normalization != .email else { return true }
                let json = Array(JSONValue.string(text).text.utf8)
                if let value = try? JSONDocument(json, limits: EventEnvelope.limits).root,
                    !identifiers.isDisjoint(with: graph.rules.addresses(in: value))
                {
                    found.append(id)
                }
                return true
            }
        }
        return found
    }

    /// Whether everybody who knows the identifiers can see that it is the person's event.
    func isEvidently(_ event: DecodedEvent) -> Bool {
        event.facts.identifiers.first.map(identifiers.contains) ?? false
    }
}
