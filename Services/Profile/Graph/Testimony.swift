import Events

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
struct Testimony: Hashable {
    var strength: Int64
    var time: Int64
    var source: String
    var messageID: String

    /// Whether it is kept rather than the other.
    func outranks(_ other: Testimony) -> Bool {
        if strength != other.strength { return strength > other.strength }
        if time != other.time { return time < other.time }
        return UTF8Order.precedes(source, other.source) ?? UTF8Order.precedes(messageID, other.messageID) ?? false
    }
}
