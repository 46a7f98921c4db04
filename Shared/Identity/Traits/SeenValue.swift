public import Events

/// A trait's value with what decides between it and another.
public struct SeenValue: Sendable, Equatable {
    /// The value as JSON; `null` clears.
    public var value: String
    /// When it was seen; negative for a value that only holds while there is no other, so that the first of those is greatest.
    public var rank: Int64
    /// The source that it came from.
    public var source: String
    /// The sender's id of the event.
    public var messageID: String

    /// A value of its parts.
    public init(value: String, rank: Int64, source: String, messageID: String) {
        self.value = value
        self.rank = rank
        self.source = source
        self.messageID = messageID
    }

    /// The rank of a value seen at a time.
    public static func rank(at time: Timestamp, isInitial: Bool) -> Int64 {
        isInitial ? -abs(time.microseconds) : time.microseconds
    }

    /// The event time it was seen at.
    public var time: Timestamp { Timestamp(microseconds: abs(rank)) }

    /// Whether it clears what was seen before.
    var isNull: Bool { UTF8Order.areSame(value, "null") }

    /// Whether it counts rather than the other: the later, of equals that of the later source and message id.
    public func outranks(_ other: SeenValue) -> Bool {
        if rank != other.rank { return rank > other.rank }
        if let order = UTF8Order.precedes(other.source, source) { return order }
        if let order = UTF8Order.precedes(other.messageID, messageID) { return order }
        return UTF8Order.precedes(other.value, value) ?? false
    }
}
