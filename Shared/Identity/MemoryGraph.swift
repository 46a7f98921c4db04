public import Events

/// The graph of a set of events in memory: what the events say of identities, whatever their order.
///
/// It is the plain reading of the rules, for measuring them, and for comparing the store with. An event must be added once.
public struct MemoryGraph: Sendable {
    /// An event as the graph remembers it.
    struct Happening: Sendable {
        /// The places of its identifiers, the strongest first.
        var names: [Int]
        var time: Timestamp
    }

    /// What a person decided of two identifiers; it waits for the events that name them.
    public struct Decision: Sendable {
        /// One of the two identifiers.
        public var left: Identifier
        /// The other one.
        public var right: Identifier
        /// Whether they are together or apart.
        public var verdict: Component.Decision.Verdict
        /// When it was decided.
        public var time: Timestamp

        /// A decision of its parts.
        public init(
            _ left: Identifier,
            _ right: Identifier,
            _ verdict: Component.Decision.Verdict,
            time: Timestamp
        ) {
            self.left = left
            self.right = right
            self.verdict = verdict
            self.time = time
        }
    }

    /// What people decided, by the decisions' ids, and have not withdrawn.
    public var decisions: [String: Decision] = [:]
    let rules: Rules
    private(set) var members: [Component.Member] = []
    private(set) var events: [Happening] = []
    private(set) var observations = ObservedTraits()
    private var places: [Identifier: Int] = [:]
    private var pairs: [MemberPair: Int] = [:]
    /// The best evidence of each pair.
    private var evidence: [Component.Evidence] = []
    /// Evidence of pairs with a device, all of it.
    private var sightings: [MemberPair: [Component.Evidence]] = [:]
    private var marks: [Int: [DeviceUse.Mark]] = [:]

    /// A graph of nothing yet.
    public init(rules: Rules) {
        self.rules = rules
    }

    /// The number of events.
    public var count: Int { events.count }

    /// Takes in an event.
    public mutating func add(_ facts: EventFacts, of header: EventHeader) {
        let names = facts.identifiers.map { place(of: $0, at: header.timestamp) }
        for link in facts.links { follow(link, names, header) }
        for place in facts.signedOut { marks[names[place], default: []].append(.init(header.timestamp, nil)) }
        if let strongest = names.first {
            for seen in facts.observations {
                observations.add(seen, of: strongest, header, keepingAll: facts.isOfDevice, rules)
            }
        }
        events.append(Happening(names: names, time: header.timestamp))
    }

    private mutating func place(of identifier: Identifier, at time: Timestamp) -> Int {
        if let place = places[identifier] {
            if time < members[place].firstSeen { members[place].firstSeen = time }
            return place
        }
        places[identifier] = members.count
        members.append(Component.Member(identifier, firstSeen: time))
        return members.count - 1
    }

    private mutating func follow(_ link: EventFacts.Link, _ names: [Int], _ header: EventHeader) {
        let pair = MemberPair(names[link.left], names[link.right])
        if link.device == .login {
            let login = members[names[link.left]].identifier
            marks[names[link.right], default: []].append(.init(header.timestamp, login))
        }
        let known = pairs[pair]
        // Most of it repeats what is known.
        if link.device != .inTurn, let known, evidence[known].isStronger(than: link.strength, at: header.timestamp) {
            return
        }
        let piece = Component.Evidence(
            names[link.left],
            names[link.right],
            strength: link.strength,
            time: header.timestamp,
            source: header.source,
            messageID: header.messageID
        )
        if link.device == .inTurn { sightings[pair, default: []].append(piece) }
        guard let known else {
            pairs[pair] = evidence.count
            evidence.append(piece)
            return
        }
        if piece.outranks(evidence[known]) { evidence[known] = piece }
    }

    /// All of it as one component.
    public var component: Component {
        let uses = marks.mapValues { DeviceUse($0) }
        let divided = Set(uses.filter { $0.value.logins.count > 1 }.keys)
        var all: [Component.Evidence] = []
        all.reserveCapacity(evidence.count)
        for piece in evidence {
            let isTimed = divided.contains(piece.left) || divided.contains(piece.right)
            let seen = isTimed ? sightings[MemberPair(piece.left, piece.right)] : nil
            if let seen { all += seen } else { all.append(piece) }
        }
        return Component(members: members, evidence: all, uses: uses, decisions: known)
    }

    /// The decisions on identifiers that events name.
    private var known: [Component.Decision] {
        decisions.compactMap { id, decision in
            guard let left = places[decision.left], let right = places[decision.right] else { return nil }
            return Component.Decision(left, right, decision.verdict, time: decision.time, id: id)
        }
    }
}

/// Two members, the lesser place first.
private struct MemberPair: Hashable, Sendable {
    var first: Int
    var second: Int

    init(_ one: Int, _ other: Int) {
        first = min(one, other)
        second = max(one, other)
    }
}

extension Component.Evidence {
    /// Whether it counts rather than any other of that strength and time.
    fileprivate func isStronger(than other: Strength, at moment: Timestamp) -> Bool {
        strength != other ? strength > other : time < moment
    }

    /// Whether it counts rather than other evidence for the same two.
    fileprivate func outranks(_ other: Component.Evidence) -> Bool {
        if strength != other.strength { return strength > other.strength }
        if time != other.time { return time < other.time }
        if let order = UTF8Order.precedes(source, other.source) { return order }
        return UTF8Order.precedes(messageID, other.messageID) ?? false
    }
}
