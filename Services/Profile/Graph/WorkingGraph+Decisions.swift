import Identity
import Store

extension WorkingGraph {
    /// What somebody decided of an identifier and another one that was seen as well.
    struct StandingDecision {
        var id: String
        var other: Int64
        var verdict: Component.Decision.Verdict
        var time: Int64
    }

    /// What people decided of an identifier and another.
    func decisions(on id: Int64) throws -> [StandingDecision] {
        guard !cache.decided.isEmpty, try node(id).part == nil else { return [] }
        let key = try key(of: id)
        return try cache.decided.decisions[key, default: []].compactMap { decision in
            guard let other = try number(of: decision.otherEnd(than: key)) else { return nil }
            return StandingDecision(id: decision.id, other: other, verdict: decision.verdict, time: decision.time)
        }
    }

    /// What people said of an identifier's traits.
    func corrections(of id: Int64) throws -> [(trait: String, word: Correction)] {
        guard !cache.decided.isEmpty, try node(id).part == nil else { return [] }
        return try cache.decided.corrections[key(of: id), default: []]
    }

    /// The number of an identifier; `nil` if it was not seen, or is there no more.
    func number(of key: Key128) throws -> Int64? {
        guard let id = try made(by: key) ?? find(key), !removed.contains(id) else { return nil }
        return id
    }

    /// Lets it be decided anew whose identifiers are of which something else was decided.
    ///
    /// - Parameter verdict: What was decided; `nil` if something was taken back.
    func reconsider(
        _ key: Key128,
        _ verdict: Component.Decision.Verdict?,
        _ occasion: (Int64) throws -> Occasion?
    ) throws {
        guard let id = try number(of: key) else { return }
        retracted.insert(id)
        try look(behind: id, after: verdict)
        if let occasion = try occasion(id) { occasions.append(occasion) }
    }

    /// Lets it be decided anew whose those are of whom something was decided together with an identifier that comes or goes.
    func reconsiderPartners(of id: Int64) throws {
        guard cache.decided.concerns(try key(of: id)) else { return }
        for decision in try decisions(on: id) {
            retracted.insert(decision.other)
            try look(behind: decision.other, after: decision.verdict)
        }
    }

    /// Lets a resolution look behind a border of which evidence goes away, unless so many have it that it stays one.
    func look(behind id: Int64) throws {
        guard try node(id).isBorder else { return }
        if try node(id).state == .claimed
            || neighbours(of: id, atMost: rules.degreeLimit + 1).count <= rules.degreeLimit
        {
            reconsidered.insert(id)
        }
    }

    /// Lets a resolution look behind a border if a decision may change what it is.
    ///
    /// What is shared joins no one, whomever it is set apart from: nothing behind it is asked then, unless somebody said whose it is.
    func look(behind id: Int64, after verdict: Component.Decision.Verdict?) throws {
        switch try node(id).state {
        case .claimed: reconsidered.insert(id)
        case .shared where verdict != .apart:
            if try decisions(on: id).contains(where: { $0.verdict == .together }) { reconsidered.insert(id) }
        default: break
        }
    }
}
