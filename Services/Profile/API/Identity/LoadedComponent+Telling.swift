import Events
import Identity
import Store

extension LoadedComponent {
    /// The part of the component that an identifier of the store is; `nil` if it is not in it.
    func part(_ id: Int64, in graph: WorkingGraph) throws -> Resolution.Part? {
        guard let part = try graph.node(id).part else { return self[id].map { Resolution.Part($0) } }
        guard let device = self[part.device], let login = self[part.login] else { return nil }
        return Resolution.Part(device, login: login)
    }

    /// A link in the words of the API.
    func told(_ link: Explanation.Link, in graph: WorkingGraph) throws -> IdentityLink? {
        let tie: IdentityLink.Tie
        switch link.tie {
        case .evidence(let place): tie = .evidence(component.evidence[place])
        case .decision(let place):
            guard let words = try DecisionWords(component.decisions[place].id, in: graph.db) else { return nil }
            tie = .decision(words)
        case .device: tie = .device
        }
        return IdentityLink(
            from: end(link.from),
            to: end(link.to),
            tie: tie,
            rejection: link.refusal.map { Rejection($0, in: component, by: graph.rules) }
        )
    }

    private func end(_ part: Resolution.Part) -> IdentityLink.End {
        IdentityLink.End(
            identifier: component.members[part.member].identifier,
            login: part.login.map { component.members[$0].identifier }
        )
    }
}
