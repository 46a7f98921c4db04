import Events
import Identity

/// Events and decisions, by their ids, with every copy that was sent of an event: a set, which may arrive in any order.
struct EventSet {
    struct Event {
        var header: EventHeader
        var facts: EventFacts
    }

    let rules: Rules
    /// Of each event all copies; they may differ.
    private(set) var copies: [Event] = []
    private(set) var decisions: [(id: String, decision: MemoryGraph.Decision)] = []
    /// Those of the decisions that were withdrawn.
    private(set) var withdrawn: [String] = []

    init(rules: Rules) {
        self.rules = rules
    }

    mutating func add(_ call: RandomCall) throws {
        let header = call.header
        let envelope = try EventEnvelope(decoding: header.encode(event: Array(call.body.utf8)))
        copies.append(Event(header: header, facts: rules.facts(of: envelope)))
    }

    /// Somebody decides something of two identifiers that events name, and may withdraw it.
    mutating func decide(id: String, using random: inout SplitMix) {
        let names = Set(copies.flatMap(\.facts.identifiers)).sorted()
        guard let left = names.randomElement(using: &random), let right = names.randomElement(using: &random),
            left != right, let verdict = Component.Decision.Verdict.allCases.randomElement(using: &random)
        else { return }
        let time = Timestamp(microseconds: .random(in: 1...3, using: &random))
        decisions.append((id, MemoryGraph.Decision(left, right, verdict, time: time)))
        if Int.random(in: 0..<3, using: &random) == 0 { withdrawn.append(id) }
    }

    /// The set divided in two at random, so that the first is what was there before the second was added.
    func divided(using random: inout SplitMix) -> (before: EventSet, added: EventSet) {
        var (before, added) = (EventSet(rules: rules), EventSet(rules: rules))
        for event in copies {
            if Bool.random(using: &random) { before.copies.append(event) } else { added.copies.append(event) }
        }
        for decision in decisions {
            if Bool.random(using: &random) {
                before.decisions.append(decision)
            } else {
                added.decisions.append(decision)
            }
        }
        before.withdrawn = withdrawn
        return (before, added)
    }
}

extension EventSet {
    /// 5 to 40 events of people who share much, with copies that differ, kiosks, a company's mailbox, and decisions.
    static func random(_ random: inout SplitMix) throws -> EventSet {
        var set = EventSet(rules: .random(&random))
        // Most are small: what goes wrong does so with few, and a thousand sets take their time.
        let size = Int.random(in: 5...[9, 12, 15, 30][Int.random(in: 0..<4, using: &random)], using: &random)
        for number in 0..<size {
            let call = RandomCall(id: "m\(number)", using: &random)
            try set.add(call)
            guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
            for copy in 1...2 { try set.add(call.copy(copy, using: &random)) }
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            let isKiosk = Bool.random(using: &random)
            for person in 0..<7 {
                try set.add(RandomCall(of: person, onKiosk: isKiosk, id: "crowd\(person)", using: &random))
            }
        }
        for number in 0..<Int.random(in: 0...4, using: &random) { set.decide(id: "d\(number)", using: &random) }
        return set
    }
}

extension Rules {
    /// The defaults with limits that a few events reach, and a rule for some traits.
    fileprivate static func random(_ random: inout SplitMix) -> Rules {
        var rules = Rules()
        for namespace in [Namespace.email, Namespace.phone, Namespace.anonymous] where Bool.random(using: &random) {
            rules.namespaces[namespace]?.shareThreshold = .random(in: 2...5, using: &random)
            rules.namespaces[namespace]?.limit = .random(in: 1...3, using: &random)
        }
        let choices: [TraitRule] = [.last, .first, .max, .min, .union, .longest, .trusted(["crm", "web"])]
        for trait in ["plan", "color"] { rules.traits[trait] = choices.randomElement(using: &random) }
        return rules
    }
}
