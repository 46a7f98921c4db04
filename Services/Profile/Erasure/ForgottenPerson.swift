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
    private(set) var mentions: Set<EventPlace>

    let identifiers: Set<Identifier>

    /// Finds what the store has of several people; what shows only by going through all of it is looked for once for all of them.
    ///
    /// - Parameter passes: What an earlier attempt of the same transaction has found by that.
    static func find(
        _ suppressions: [Suppression],
        in graph: WorkingGraph,
        _ passes: WholePasses = WholePasses()
    ) throws -> [ForgottenPerson] {
        var people = try suppressions.map { try ForgottenPerson($0, in: graph) }
        var owners: [Identifier: [Int]] = [:]
        for (owner, person) in people.enumerated() {
            for identifier in person.identifiers { owners[identifier, default: []].append(owner) }
        }
        for (owner, places) in try telling(owners, in: graph, passes) { people[owner].mentions.formUnion(places) }
        for (owner, name) in try namesakes(of: owners, in: graph, passes) where !people[owner].ids.contains(name) {
            people[owner].mentions.formUnion(try graph.places(of: name))
            for anchor in try graph.anchors(near: name) {
                people[owner].mentions.formUnion(try graph.rows(of: anchor, naming: [name]).keys)
            }
        }
        return people
    }

    private init(_ suppression: Suppression, in graph: WorkingGraph) throws {
        let rules = graph.rules
        let named = Set(suppression.identifiers.compactMap { rules.normalized($0) })
        let numbers = try named.compactMap { try graph.number(of: graph.hash.key(of: $0)) }
        // Should an address be somebody's by now, it goes out of that one's profile, and nothing else does.
        ids = suppression.isAlone ? Set(numbers) : try Self.everything(of: numbers, in: graph)
        identifiers = named.union(try ids.map { try graph.node($0).identifier })
        anchors = suppression.isAlone ? ids : try Self.anchors(of: ids, in: graph)
        own = try anchors.reduce(into: []) { $0.formUnion(try graph.places(of: $1)) }
        var mentions: Set<EventPlace> = []
        for anchor in Set(try ids.flatMap(graph.anchors(near:))).subtracting(ids) {
            mentions.formUnion(try graph.rows(of: anchor, naming: ids).keys)
        }
        self.mentions = mentions
    }

    /// The identifiers, and what has turned out to be the same person's since it was asked for.
    private static func everything(of ids: [Int64], in graph: WorkingGraph) throws -> Set<Int64> {
        var all = Set(ids)
        for profile in try profiles(of: ids, in: graph) where !profile.isShared {
            all.formUnion(try profile.members.filter { try graph.node($0).part == nil })
        }
        return all
    }

    /// The profiles that identifiers are in, each once: a person may have thousands of them in one.
    static func profiles(of ids: some Sequence<Int64>, in graph: WorkingGraph) throws -> [ProfileMembership] {
        try Set(ids.map { try graph.node($0).profile }).map(graph.membership)
    }

    /// What the person's own events are anchored to: the identifiers, their parts if they are devices, and of other devices the times
    /// that the profile has; not those of somebody who has come into the profile since.
    private static func anchors(of ids: Set<Int64>, in graph: WorkingGraph) throws -> Set<Int64> {
        var anchors = ids
        for id in ids { anchors.formUnion(try graph.allParts(of: id)) }
        for profile in try profiles(of: ids, in: graph) {
            let others = Set(profile.members).subtracting(ids)
            for member in profile.members {
                guard let part = try graph.node(member).part, !others.contains(part.login) else { continue }
                anchors.insert(member)
            }
        }
        return anchors
    }

    /// The events by which others have a trait with an address of somebody in it, however it is written there, by whose it is.
    private static func telling(
        _ owners: [Identifier: [Int]],
        in graph: WorkingGraph,
        _ passes: WholePasses
    ) throws -> [Int: Set<EventPlace>] {
        let seen = try passes.told.rows {
            var seen: [WholePasses.Told] = []
            try eachTold(in: graph) { addresses, identifier, time in
                for owner in Set(addresses.flatMap { owners[$0] ?? [] }) { seen.append((owner, identifier, time)) }
            }
            return seen
        }
        var places: [Int: Set<EventPlace>] = [:]
        for (owner, identifier, time) in seen {
            // The event is anchored to what it was seen with, unless that is nobody's.
            var anchors: Set = [identifier]
            if try graph.node(identifier).isNobodys { anchors.formUnion(try graph.anchors(near: identifier)) }
            for anchor in anchors { places[owner, default: []].formUnion(try graph.places(of: anchor, at: time)) }
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

    /// Identifiers of other namespaces that are written as an address of somebody is, such as a customer number, with whose it is.
    private static func namesakes(
        of owners: [Identifier: [Int]],
        in graph: WorkingGraph,
        _ passes: WholePasses
    ) throws -> [WholePasses.Namesake] {
        let kinds = Set(graph.rules.namespaces.filter { $0.value.normalization == .email }.keys)
        let elsewhere = try passes.namesakes.rows { try namesakes(of: owners, elsewhereThanIn: kinds, in: graph) }
        return try addresses(of: owners, elsewhereAmong: kinds, in: graph) + elsewhere
    }

    private static func namesakes(
        of owners: [Identifier: [Int]],
        elsewhereThanIn kinds: Set<String>,
        in graph: WorkingGraph
    ) throws -> [WholePasses.Namesake] {
        var found: [WholePasses.Namesake] = []
        let statement = """
            SELECT i.id, i.value, n.name FROM identifier i JOIN namespace n ON n.id = i.namespace
            WHERE i.device IS NULL AND \(graph.db.dialect.position)(i.value, '@') > 0
            """
        try graph.db.throughWholeTables {
            try graph.db.each(statement, []) { row in
                let (id, text, namespace): (Int64, String, String) = (row[0], row[1], row[2])
                guard !kinds.contains(namespace) else { return true }
                let json = Array(JSONValue.string(text).text.utf8)
                if let value = try? JSONDocument(json, limits: EventEnvelope.limits).root {
                    let addresses = graph.rules.addresses(in: value)
                    for owner in Set(addresses.flatMap { owners[$0] ?? [] }) { found.append((owner, id)) }
                }
                return true
            }
        }
        return found
    }

    /// The same addresses in other namespaces of mail: all have one form, so they need not be looked for.
    private static func addresses(
        of owners: [Identifier: [Int]],
        elsewhereAmong kinds: Set<String>,
        in graph: WorkingGraph
    ) throws -> [WholePasses.Namesake] {
        var found: [WholePasses.Namesake] = []
        for (identifier, owners) in owners where kinds.contains(identifier.namespace) {
            let alike = kinds.subtracting([identifier.namespace]).compactMap {
                graph.rules.normalized($0, identifier.value)
            }
            for id in try alike.compactMap({ try graph.number(of: graph.hash.key(of: $0)) }) {
                found += owners.map { (owner: $0, id: id) }
            }
        }
        return found
    }

    /// Whether everybody who knows the identifiers can see that it is the person's event.
    func isEvidently(_ event: DecodedEvent) -> Bool {
        event.facts.identifiers.first.map(identifiers.contains) ?? false
    }
}
