import Events
import Identity
import Store

extension Retraction {
    /// The pairs with a device that events speak of, of which all evidence is kept.
    static func timedPairs(of events: [DecodedEvent], _ batch: IdentifiedBatch) -> Set<Pair> {
        var pairs: Set<Pair> = []
        for (index, event) in events.enumerated() {
            let ids = batch.identifiers(ofEvent: index)
            for link in event.facts.links where link.device == .inTurn {
                pairs.insert(Pair(ids[link.left], ids[link.right]))
            }
        }
        return pairs
    }

    /// Notes of pairs with a device what is left of their evidence, which the log may know no more.
    func noteLostSightings(of pairs: Set<Pair>) throws {
        var best: [Pair: Testimony] = [:]
        for pair in pairs { best[pair] = try graph.firstSightings(of: pair, in: [.always]).first?.testimony }
        try graph.note(best)
    }

    /// Notes the logins and sign-outs of which the log knows no more: what happened in a turn stays whose it is.
    func noteLostLogins() throws {
        var marks: [Int64: [WorkingGraph.LoginMark]] = [:]
        for row in lost {
            let login = try login(of: row)
            guard try login != nil || isSignOut(row) else { continue }
            for device in row.names where try named.contains(device) && graph.isKnown(device) && graph.isDevice(device)
            {
                // Nothing new is told by them, so there is no cause of anything.
                let cause = Cause.event(source: "", messageID: "")
                marks[device, default: []].append(WorkingGraph.LoginMark(time: row.time, login: login, cause: cause))
            }
        }
        try graph.note(marks)
    }

    /// The login that an event names, if that is the strongest of all.
    private func login(of row: TimelineRow) throws -> Int64? {
        guard let strongest = row.names.first, row.names.count > 1, try graph.isKnown(strongest) else { return nil }
        return try graph.rules[graph.node(strongest).identifier.namespace].isLogin ? strongest : nil
    }

    private func isSignOut(_ row: TimelineRow) throws -> Bool {
        let query = try BulkStatement("SELECT type, name FROM event WHERE id = ?", in: graph.db)
        query.bind(1, row.event)
        defer { query.reset() }
        guard try query.step(), let type = EventType(rawValue: query.text(0)) else { return false }
        return graph.rules.endsLogin(type, named: query.text(1))
    }
}
