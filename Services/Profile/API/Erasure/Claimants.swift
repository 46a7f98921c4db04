import Events
import Identity
import Store

/// Those who have an address of which they cannot be one person.
enum Claimants {
    /// The ids of the profiles that there is evidence to.
    static func ids(of address: Int64, in view: StoreView, _ db: any SQLConnection) throws -> [String] {
        let graph = try WorkingGraph(reading: db, rules: view.lookup.rules, hash: view.lookup.hashes)
        let loaded = try LoadedComponent(around: [address], in: graph)
        guard let place = loaded[address] else { return [] }
        var profiles: Set<Int64> = []
        for link in graph.rules.links(in: loaded.component) {
            let ends = [link.from, link.to]
            guard ends.contains(where: { $0.member == place }) else { continue }
            for other in ends where other.member != place {
                guard let id = try loaded.number(of: other, in: graph) else { continue }
                profiles.insert(try graph.node(id).profile)
            }
        }
        return try profiles.map(graph.membership).filter { !$0.isShared }
            .map { try graph.key(of: $0.founder).publicID }.sorted()
    }
}

extension LoadedComponent {
    /// The number of a part in the store; `nil` if it has none.
    fileprivate func number(of part: Resolution.Part, in graph: WorkingGraph) throws -> Int64? {
        guard let login = part.login else { return ids[part.member] }
        return try graph.parts(of: ids[part.member])[ids[login]]
    }
}
