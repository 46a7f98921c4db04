public import Events

/// The graph of a set of events in memory: what the events say of identities, whatever their order.
///
/// It is the plain reading of the rules, for measuring them, and for comparing the store with. An event must be added once.
public struct MemoryGraph: Sendable {
    /// An event as the graph remembers it.
    struct Happening: Sendable {
        /// Where its identifiers are among ``MemoryGraph/names``.
        var names: Range<Int>
        var time: Timestamp
        var source: String
        var messageID: String

        init(names: Range<Int>, _ header: EventHeader) {
            self.names = names
            time = header.timestamp
            source = header.source
            messageID = header.messageID
        }
    }

    /// Evidence as the graph remembers it.
    private struct Piece: Sendable {
        var left: Int32
        var right: Int32
        var strength: Strength
        var time: Timestamp
        /// The place of the event that it is from.
        var event: Int

        /// The two, the lesser place first.
        var pair: PlacePair { PlacePair(first: min(left, right), second: max(left, right)) }

        /// Whether it counts rather than other evidence for the same two.
        func outranks(_ other: Piece, _ events: [Happening]) -> Bool {
            if strength != other.strength { return strength > other.strength }
            if time != other.time { return time < other.time }
            let (mine, theirs) = (events[event], events[other.event])
            if let order = UTF8Order.precedes(mine.source, theirs.source) { return order }
            return UTF8Order.precedes(mine.messageID, theirs.messageID) ?? false
        }
    }

    /// A login on a device, or a sign-out.
    private struct Mark: Sendable {
        var device: Int
        var time: Timestamp
        var login: Int?
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
    /// The places of the events' identifiers, of each event the strongest first.
    private(set) var names: [Int] = []
    private(set) var observations = ObservedTraits()
    private var places = PlaceTable()
    private var pairs = PlaceTable()
    /// The best evidence of each pair.
    private var evidence: [Piece] = []
    /// Evidence of pairs with a device, all of it.
    private var sightings: [Piece] = []
    private var marks: [Mark] = []

    /// A graph of nothing yet.
    public init(rules: Rules) {
        self.rules = rules
    }

    /// Takes in an event.
    public mutating func add(_ facts: EventFacts, of header: EventHeader) {
        let first = names.count
        for identifier in facts.identifiers { names.append(makePlace(of: identifier, at: header.timestamp)) }
        events.append(Happening(names: first..<names.count, header))
        for link in facts.links { follow(link, from: first, at: header.timestamp) }
        for place in facts.signedOut { marks.append(Mark(device: names[first + place], time: header.timestamp)) }
        guard first < names.count else { return }
        for told in facts.observations {
            observations.add(told, of: names[first], events, keepingAll: facts.isOfDevice, rules)
        }
    }

    private mutating func makePlace(of identifier: Identifier, at time: Timestamp) -> Int {
        let place = places.enter(places.hash(of: identifier), new: members.count) { [members] in
            members[$0].identifier == identifier
        }
        if place == members.count {
            members.append(Component.Member(identifier, firstSeen: time))
        } else if time < members[place].firstSeen {
            members[place].firstSeen = time
        }
        return place
    }

    private mutating func follow(_ link: EventFacts.Link, from first: Int, at time: Timestamp) {
        let (left, right) = (names[first + link.left], names[first + link.right])
        if link.device == .login { marks.append(Mark(device: right, time: time, login: left)) }
        let piece = Piece(
            left: Int32(left),
            right: Int32(right),
            strength: link.strength,
            time: time,
            event: events.count - 1
        )
        if link.device == .inTurn { sightings.append(piece) }
        let place = pairs.enter(pairs.hash(of: piece.pair), new: evidence.count) { [evidence] in
            evidence[$0].pair == piece.pair
        }
        if place == evidence.count {
            evidence.append(piece)
        } else if piece.outranks(evidence[place], events) {
            evidence[place] = piece
        }
    }

    /// All of it as one component.
    public var component: Component {
        let divided = divided
        func isTimed(_ piece: Piece) -> Bool {
            divided.contains(Int(piece.left)) || divided.contains(Int(piece.right))
        }
        let timed = divided.isEmpty ? [] : sightings.filter(isTimed)
        let replaced = Set(timed.map(\.pair))
        let best = replaced.isEmpty ? evidence : evidence.filter { !replaced.contains($0.pair) }
        var pieces = best.map(told)
        pieces += timed.map(told)
        return Component(members: members, evidence: pieces, uses: uses, decisions: known)
    }

    /// The devices that several people logged in on, be it at one moment, of whom one has it from then on.
    private var divided: Set<Int> {
        var logins: [Int: Int] = [:]
        var divided: Set<Int> = []
        for mark in marks {
            guard let login = mark.login, let former = logins.updateValue(login, forKey: mark.device) else { continue }
            if former != login { divided.insert(mark.device) }
        }
        return divided
    }

    /// Who used each device that somebody logged in on or out.
    private var uses: [Int: DeviceUse] {
        let groups = Groups(of: marks.map(\.device), count: members.count)
        var uses: [Int: DeviceUse] = [:]
        for device in members.indices where !groups[device].isEmpty {
            uses[device] = DeviceUse(
                groups[device].map { place in
                    DeviceUse.Mark(marks[place].time, marks[place].login.map { members[$0].identifier })
                }
            )
        }
        return uses
    }

    /// Evidence with what its event says of it.
    private func told(_ piece: Piece) -> Component.Evidence {
        Component.Evidence(
            Int(piece.left),
            Int(piece.right),
            strength: piece.strength,
            time: piece.time,
            source: events[piece.event].source,
            messageID: events[piece.event].messageID
        )
    }

    /// The decisions on identifiers that events name.
    private var known: [Component.Decision] {
        decisions.compactMap { id, decision in
            guard let left = place(of: decision.left), let right = place(of: decision.right) else { return nil }
            return Component.Decision(left, right, decision.verdict, time: decision.time, id: id)
        }
    }

    private func place(of identifier: Identifier) -> Int? {
        places.place(of: places.hash(of: identifier)) { members[$0].identifier == identifier }
    }
}
