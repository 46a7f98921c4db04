/// Names, of a batch's events and decisions, the one by which profiles merged or split.
struct BatchCauses {
    private let graph: WorkingGraph
    /// For each profile, as it is now and as it was before, the places of what was told of its identifiers.
    private var places: [Int64: [Int]] = [:]

    init(_ graph: WorkingGraph) throws {
        self.graph = graph
        for (place, occasion) in graph.occasions.enumerated() {
            for profile in try Self.profiles(of: occasion, graph) { places[profile, default: []].append(place) }
        }
    }

    private static func profiles(of occasion: Occasion, _ graph: WorkingGraph) throws -> Set<Int64> {
        var profiles: Set<Int64> = []
        for id in [occasion.pair.first, occasion.pair.second] {
            for node in try nodes(of: id, graph) {
                profiles.insert(try graph.node(node).profile)
                if let origin = try graph.origin(of: node) { profiles.insert(origin) }
            }
        }
        return profiles
    }

    /// An identifier, and what there is or was of a device that is or was divided.
    private static func nodes(of id: Int64, _ graph: WorkingGraph) throws -> [Int64] {
        guard try graph.node(id).state == .divided || graph.redivided[id] != nil else { return [id] }
        return try [id] + graph.allParts(of: id)
    }

    /// What was told of the identifiers of some profiles, if all of it was told by one event or decision; of several it is not
    /// known which it was.
    func only(_ profiles: Set<Int64>) -> Cause? {
        var only: Cause?
        for place in profiles.lazy.flatMap({ places[$0] ?? [] }) {
            let cause = graph.occasions[place].cause
            // Each of thousands who were in one profile asks: what is known is not looked at to its end.
            if let only, only != cause { return nil }
            only = cause
        }
        return only
    }

    /// What joined the identifiers of several profiles, which are all in one now.
    ///
    /// Everything is followed in the order of its time; what puts the last two together is it.
    func joining(_ profile: Int64, of origins: Set<Int64>) throws -> Cause? {
        var union = ProfileUnion()
        var old = origins
        var cause: Cause?
        for occasion in occasions(of: profile) {
            let pair = occasion.pair
            let isInside = try graph.node(pair.first).profile == profile && graph.node(pair.second).profile == profile
            let (one, other) = (union.root(of: try origin(pair.first)), union.root(of: try origin(pair.second)))
            guard isInside, one != other else { continue }
            union.unite(one, other)
            if old.contains(one), old.contains(other) { cause = occasion.cause }
            if old.contains(one) || old.contains(other) { old.insert(union.root(of: one)) }
        }
        return cause
    }

    private func occasions(of profile: Int64) -> [Occasion] {
        (places[profile] ?? []).map { graph.occasions[$0] }.sorted(by: Occasion.precedes)
    }

    /// The profile that an identifier was in before; a number of its own, less than any profile's, for a new one.
    private func origin(_ id: Int64) throws -> Int64 { try graph.origin(of: id) ?? -id }
}
