public import Events

/// Identifiers, and what is known of how they belong together: what a resolution looks at.
///
/// Resolving a whole graph gives the same as resolving each of its connected parts alone. A part may be cut at identifiers
/// that are known to be shared: those stand in it, with the evidence towards them, but what lies behind them does not.
public struct Component: Sendable {
    /// An identifier as the graph knows it.
    public struct Member: Sendable {
        /// The identifier.
        public var identifier: Identifier
        /// The least time of an event that names it.
        public var firstSeen: Timestamp
        /// Found to be shared by what is not in this component.
        public var isKnownShared: Bool

        /// A member of its parts.
        public init(_ identifier: Identifier, firstSeen: Timestamp, isKnownShared: Bool = false) {
            self.identifier = identifier
            self.firstSeen = firstSeen
            self.isKnownShared = isKnownShared
        }
    }

    /// Joins two members, given by their places.
    ///
    /// Of a pair, the strongest is enough. Where one of the two is a device, and the other no login, it takes all of them: which
    /// of the people who used the device it speaks of is a matter of its time. Of one turn (``DeviceUse/turns(on:)``) the one that
    /// is taken first is enough, unless that is rejected for something other than what one of the two is.
    public struct Evidence: Sendable {
        /// One of the two identifiers.
        public var left: Int
        /// The other one.
        public var right: Int
        /// How much it weighs.
        public var strength: Strength
        /// When it happened.
        public var time: Timestamp
        /// The source that it came from.
        public var source: String
        /// The sender's id of the event.
        public var messageID: String

        /// Evidence of its parts.
        public init(
            _ left: Int,
            _ right: Int,
            strength: Strength,
            time: Timestamp,
            source: String,
            messageID: String
        ) {
            self.left = left
            self.right = right
            self.strength = strength
            self.time = time
            self.source = source
            self.messageID = messageID
        }
    }

    /// The identifiers of the component.
    public var members: [Member]
    /// What joins them.
    public var evidence: [Evidence]
    /// Who logged in when on the members that are devices, by their places.
    public var uses: [Int: DeviceUse]
    /// What people decided.
    public var decisions: [Decision]

    /// A component of its parts.
    public init(
        members: [Member],
        evidence: [Evidence],
        uses: [Int: DeviceUse] = [:],
        decisions: [Decision] = []
    ) {
        self.members = members
        self.evidence = evidence
        self.uses = uses
        self.decisions = decisions
    }
}

extension Component {
    /// A person's word on two identifiers, given by their places; it outranks everything that events say.
    public struct Decision: Sendable, Hashable {
        /// What was decided.
        public enum Verdict: String, Sendable, Hashable, CaseIterable {
            /// They are one person's.
            case together
            /// They are never one person's.
            case apart
        }

        /// One of the two identifiers.
        public var left: Int
        /// The other one.
        public var right: Int
        /// Whether they are together or apart.
        public var verdict: Verdict
        /// When it was decided: of contradicting decisions on the same two the last one holds.
        public var time: Timestamp
        /// Which decision it is.
        public var id: String

        /// A decision of its parts.
        public init(_ left: Int, _ right: Int, _ verdict: Verdict, time: Timestamp, id: String) {
            self.left = left
            self.right = right
            self.verdict = verdict
            self.time = time
            self.id = id
        }
    }
}

extension Component {
    /// The places of the decisions that no later one on the same two contradicts, the last first.
    var standingDecisions: [Int] {
        var seen: Set<[Int]> = []
        return decisions.indices
            .sorted { (decisions[$0].time, decisions[$0].id) > (decisions[$1].time, decisions[$1].id) }
            .filter { place in
                let (left, right) = (decisions[place].left, decisions[place].right)
                return seen.insert([min(left, right), max(left, right)]).inserted
            }
    }

    /// The members, two by two, that people said are one person's.
    var decidedTogether: [(left: Int, right: Int)] {
        standingDecisions.map { decisions[$0] }.filter { $0.verdict == .together }.map { ($0.left, $0.right) }
    }
}
