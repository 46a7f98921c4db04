import Events
import HTTPTypes
import Identity
import ServiceKit
import Store
import Topics

/// Two identifiers that somebody decides on: both were seen, and they are different.
struct DecidedPair {
    let left: Identifier
    let right: Identifier
    fileprivate let keys: (left: Key128, right: Key128)

    /// A profile's id stands for its strongest identifier, so that a decision on two profiles is one on who they are.
    init(_ left: ProfileReference, _ right: ProfileReference, in view: StoreView, _ db: any SQLConnection) throws {
        let graph = try WorkingGraph(reading: db, rules: view.lookup.rules, hash: view.lookup.hashes)
        let ends = try [left, right].map { try Self.identifier($0, in: graph, view.lookup) }
        guard ends[0].identifier != ends[1].identifier else {
            throw APIError(
                .conflict,
                code: "same_identifier",
                message: "“left” and “right” are the same identifier."
            )
        }
        (self.left, self.right) = (ends[0].identifier, ends[1].identifier)
        keys = (ends[0].key, ends[1].key)
    }

    private static func identifier(
        _ reference: ProfileReference,
        in graph: WorkingGraph,
        _ lookup: ProfileLookup
    ) throws -> (identifier: Identifier, key: Key128) {
        guard let bytes = try lookup.key(of: reference, in: graph.db), let key = Key128(Array(bytes)) else {
            throw APIError.notFound("“\(reference.text)” is a value that identifies nobody.")
        }
        guard let id = try graph.find(key) else {
            throw APIError.notFound("“\(reference.text)” was never seen, or is no profile's id.")
        }
        let node = try graph.node(isID(reference) ? strongest(in: graph.node(id).profile, graph) ?? id : id)
        // Of a device that several people used, it is decided as a whole.
        let seen = try node.part.map { try graph.node($0.device).identifier } ?? node.identifier
        return (seen, lookup.hashes.key(of: seen))
    }
}

extension DecidedPair {
    private static func isID(_ reference: ProfileReference) -> Bool {
        if case .id = reference { true } else { false }
    }

    private static func strongest(in profile: Int64, _ graph: WorkingGraph) throws -> Int64? {
        try graph.membership(profile).members.filter { try graph.node($0).part == nil }
            .min { left, right in
                let (one, other) = (try graph.node(left).identifier, try graph.node(right).identifier)
                let (first, second) = (graph.rules[one.namespace].priority, graph.rules[other.namespace].priority)
                return first != second ? first < second : try graph.precedes(left, right)
            }
    }
}

/// The profiles that a decision concerns, without it and with it.
struct IdentityOutlook {
    /// One of them.
    struct Person: Hashable {
        var id: String
        /// Of a device that several people used, with whose time on it that is.
        var identifiers: [String]
        /// Why it is nobody's, in a word; `nil` if it is somebody's.
        var nobody: String?
    }

    /// How many identifiers are shown of one.
    private static let shown = 100

    private(set) var before: [Person] = []
    private(set) var after: [Person] = []

    /// What a new decision would change.
    init(
        of pair: DecidedPair,
        _ verdict: IdentityDecision.Verdict,
        at time: Timestamp,
        in view: StoreView,
        _ db: any SQLConnection
    ) throws {
        let graph = try WorkingGraph(reading: db, rules: view.lookup.rules, hash: view.lookup.hashes)
        let verdict = Component.Decision.Verdict(verdict)
        let keys = [pair.keys.left, pair.keys.right]
        graph.cache.decided.add(
            Decided.Decision(id: Self.tried, first: keys[0], other: keys[1], verdict: verdict, time: time.microseconds)
        )
        if verdict == .together { try Self.refuseCrowds(keys, in: graph) }
        let resolved = try Self.resolve(around: keys, verdict, apartFrom: Self.tried, in: graph)
        show(before: resolved.without, after: resolved.with)
    }

    /// What taking back a decision would change.
    ///
    /// - Parameter isTried: Whether it is only asked for; then not everybody is looked at whom a crowd brings in.
    init(withdrawing id: String, isTried: Bool, in view: StoreView, _ db: any SQLConnection) throws {
        let graph = try WorkingGraph(reading: db, rules: view.lookup.rules, hash: view.lookup.hashes)
        guard let decision = graph.cache.decided.decisions.values.joined().first(where: { $0.id == id }) else {
            throw ProfileAPI.noDecision
        }
        let keys = [decision.first, decision.other]
        if isTried { try Self.refuseCrowds(keys, in: graph) }
        let resolved = try Self.resolve(around: keys, nil, apartFrom: id, in: graph)
        show(before: resolved.with, after: resolved.without)
    }

    private static let tried = "tried"
    /// With how many others a shared identifier may have been seen that is to be somebody's: all that is behind them is looked at.
    private static let crowd = 10_000

    private static func refuseCrowds(_ keys: [Key128], in graph: WorkingGraph) throws {
        let ids = try keys.compactMap(graph.number)
        for id in ids where try graph.node(id).isBorder && graph.neighbours(of: id, atMost: crowd + 1).count > crowd {
            throw APIError(
                .conflict,
                code: "shared_by_too_many",
                message: "“\(try graph.node(id).identifier)” was seen with more than \(crowd) others; it is nobody's."
            )
        }
    }

    /// Resolves the part of the graph that some identifiers are in, with a decision and without it.
    private static func resolve(
        around keys: [Key128],
        _ verdict: Component.Decision.Verdict?,
        apartFrom decision: String,
        in graph: WorkingGraph
    ) throws -> (with: [Person], without: [Person]) {
        let ids = try keys.compactMap { try graph.number(of: $0) }
        for id in ids { try graph.look(behind: id, after: verdict) }
        let loaded = try LoadedComponent(around: ids, in: graph)
        var component = loaded.component
        let with = try persons(graph.rules.resolve(component), loaded, graph)
        component.decisions.removeAll { $0.id == decision }
        return (with, try persons(graph.rules.resolve(component), loaded, graph))
    }

    private static func persons(
        _ resolution: Resolution,
        _ loaded: LoadedComponent,
        _ graph: WorkingGraph
    ) throws -> [Person] {
        let people = resolution.profiles.map { profile in
            Person(
                id: id(of: profile.founder, loaded, graph),
                identifiers: profile.parts.map { name(of: $0, loaded) }
            )
        }
        return people + nobodys(resolution, loaded, graph)
    }

    /// What joins no one: events and traits that have nothing else are nobody's.
    private static func nobodys(
        _ resolution: Resolution,
        _ loaded: LoadedComponent,
        _ graph: WorkingGraph
    ) -> [Person] {
        resolution.states.enumerated().compactMap { member, state in
            guard let word = word(for: state) else { return nil }
            let part = Resolution.Part(member)
            return Person(id: id(of: part, loaded, graph), identifiers: [name(of: part, loaded)], nobody: word)
        }
    }

    /// Why an identifier is nobody's; `nil` if it is one person's.
    private static func word(for state: Resolution.State) -> String? {
        switch state {
        case .whole, .claimed: nil
        case .shared: "shared"
        case .divided: "divided"
        case .ambiguous: "ambiguous"
        }
    }

    private static func id(of part: Resolution.Part, _ loaded: LoadedComponent, _ graph: WorkingGraph) -> String {
        let members = loaded.component.members
        guard let login = part.login else { return graph.hash.key(of: members[part.member].identifier).publicID }
        return graph.hash.key(of: members[part.member].identifier, login: members[login].identifier).publicID
    }

    private static func name(of part: Resolution.Part, _ loaded: LoadedComponent) -> String {
        let members = loaded.component.members
        let name = members[part.member].identifier.description
        return part.login.map { "\(name) (\(members[$0].identifier))" } ?? name
    }

    /// Only the profiles that differ are worth to be shown.
    private mutating func show(before: [Person], after: [Person]) {
        let (old, new) = (Set(before), Set(after))
        self.before = before.filter { !new.contains($0) }
        self.after = after.filter { !old.contains($0) }
    }

    func writeFields(to writer: inout JSONWriter) {
        for (name, persons) in [("before", before), ("after", after)] {
            writer.array(name, of: persons) { Self.write($0, to: &$1) }
        }
    }

    private static func write(_ person: Person, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", person.id)
        writer.array("identifiers", of: person.identifiers.prefix(shown))
        writer.field("identifierCount", person.identifiers.count)
        if let nobody = person.nobody { writer.field("nobody", nobody) }
        writer.endObject()
    }
}
