import Events

/// An identifier as the graph keeps it.
struct Node {
    var identifier: Identifier
    var firstSeen: Int64
    /// The profile it belongs to.
    var profile: Int64
    var isShared: Bool
}

/// The identifiers of a profile.
struct Membership {
    var members: [Int64]
    /// The member with the least (first seen, namespace, value).
    var founder: Int64
    /// Whether every evidence of its members joins them to each other.
    var isPlain: Bool
    var isShared: Bool
}

/// Two identifiers, the lesser number first.
struct Pair: Hashable, Comparable {
    let first: Int64
    let second: Int64

    init(_ one: Int64, _ other: Int64) {
        first = min(one, other)
        second = max(one, other)
    }

    static func < (left: Pair, right: Pair) -> Bool { (left.first, left.second) < (right.first, right.second) }
}

/// What decides which of several pieces of evidence for a pair is kept.
struct Testimony {
    var strength: Int64
    var time: Int64
    var source: String
    var messageID: String

    /// Whether it is kept rather than the other.
    func outranks(_ other: Testimony) -> Bool {
        if strength != other.strength { return strength > other.strength }
        if time != other.time { return time < other.time }
        if source.utf8.elementsEqual(other.source.utf8) {
            return messageID.utf8.lexicographicallyPrecedes(other.messageID.utf8)
        }
        return source.utf8.lexicographicallyPrecedes(other.source.utf8)
    }
}
