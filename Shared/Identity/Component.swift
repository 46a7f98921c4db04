public import Events

/// Identifiers, and the evidence between them: what a resolution looks at.
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

    /// Joins two members, given by their places; there is at most one for each pair.
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

    /// A component of its parts.
    public init(members: [Member], evidence: [Evidence]) {
        self.members = members
        self.evidence = evidence
    }
}

/// Which identifiers are whose, and why some are not together.
public struct Resolution: Sendable, Equatable {
    /// The identifiers of one person.
    public struct Profile: Sendable, Equatable {
        /// Places in ``Component/members``, in the order of the identifiers.
        public var members: [Int]
        /// The member with the least (first seen, namespace, value); the profile is called by it.
        public var founder: Int
    }

    /// Evidence that was not followed.
    public struct Rejection: Sendable, Equatable {
        /// Its place in ``Component/evidence``.
        public var evidence: Int
        /// The namespace of which the profile would have had too many.
        public var namespace: String
    }

    /// In the order of their founders.
    public var profiles: [Profile] = []
    /// The evidence that gave way, and why.
    public var rejected: [Rejection] = []
    /// Members that tell nothing, because too many people have them; each stays alone.
    public var shared: [Int] = []
}
