/// Which identifiers are whose, and why some are not together.
public struct Resolution: Sendable, Equatable {
    /// What an identifier is to the people that have it.
    public enum State: Sendable, Hashable {
        /// It is one person's.
        case whole
        /// So many people have it that it tells nothing; it stays alone.
        case shared
        /// A device that several people used: each has their spans of it, and what lies outside stays alone.
        case divided
        /// It would be shared or divided, but people said whose it is.
        case claimed
        /// An address of which those who have it cannot be one person; it stays alone.
        ///
        /// What else is known of them decides it, so it may be one person's again when more becomes known.
        case ambiguous

        /// Whether it joins no one, and what is said of it alone is nobody's.
        public var isNobodys: Bool { self == .shared || self == .ambiguous }
    }

    /// An identifier, or, of a divided device, what is one login's of it.
    public struct Part: Sendable, Hashable {
        /// Its place in ``Component/members``.
        public var member: Int
        /// The place of the login; `nil` for all of it, or for what no login has.
        public var login: Int?

        /// A part of a member.
        public init(_ member: Int, login: Int? = nil) {
            self.member = member
            self.login = login
        }
    }

    /// The identifiers of one person.
    public struct Profile: Sendable, Equatable {
        /// In the order of the identifiers.
        public var parts: [Part]
        /// The whole member with the least (first seen, namespace, value); the profile is called by it.
        public var founder: Part
        /// Whether all evidence of its members was followed, and would have been in any order.
        public var isPlain: Bool
    }

    /// Evidence that was not followed.
    public struct Rejection: Sendable, Equatable {
        /// Its place in ``Component/evidence``.
        public var evidence: Int
        /// Why.
        public var reason: Reason

        /// Evidence and why it was not followed.
        public init(evidence: Int, reason: Reason) {
            self.evidence = evidence
            self.reason = reason
        }
    }

    /// Why evidence is not followed.
    public enum Reason: Sendable, Hashable {
        /// The profile would have too many identifiers of a namespace.
        case limit(namespace: String)
        /// A member, given by its place, is shared.
        case shared(member: Int)
        /// It happened on a device, given by its place, while nobody was known to be logged in.
        case outsideSpans(member: Int)
        /// Somebody decided that two of the identifiers are never together.
        case separated(decision: String)
        /// Somebody decided whose a member, given by its place, is.
        case claimed(member: Int)
        /// A member, given by its place, is ambiguous: following all evidence with it meets a conflict.
        ///
        /// The conflict is `nil` for evidence that had no part in it: of an even weaker identifier with the ambiguous one.
        case ambiguous(member: Int, conflict: Conflict?)
        /// The times on a device, given by its place, are different people's.
        case divided(member: Int)
    }

    /// What stands against bringing identifiers together.
    public enum Conflict: Sendable, Hashable {
        /// They have too many identifiers of a namespace.
        case limit(namespace: String)
        /// Somebody decided that two of them are never together.
        case separated(decision: String)
        /// They are several, one of them has a mail address already, and no login says that this one is theirs as well.
        case secondAddress
    }

    /// For each member, what it is.
    public var states: [State] = []
    /// In the order of their founders; shared and ambiguous members, and what no login has of a divided one, are in none.
    public var profiles: [Profile] = []
    /// The evidence that gave way, and why.
    public var rejected: [Rejection] = []
}
