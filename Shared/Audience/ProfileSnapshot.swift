public import Events

/// What conditions ask about a profile, as it is at one moment.
public struct ProfileSnapshot: Sendable {
    /// The traits by their keys; one that is null counts as missing.
    public var traits: [String: JSONValue]
    /// Every identifier of the profile.
    public var identifiers: [Identifier]
    /// How often and when events happened, by their names.
    public var events: [String: EventTally]
    /// The person's names, for conditions on words.
    public var text: [String]
    /// The moment that periods such as “the last 30 days” end at.
    public var now: Timestamp

    /// A snapshot of its parts.
    public init(
        traits: [String: JSONValue] = [:],
        identifiers: [Identifier] = [],
        events: [String: EventTally] = [:],
        text: [String] = [],
        now: Timestamp
    ) {
        self.traits = traits
        self.identifiers = identifiers
        self.events = events
        self.text = text
        self.now = now
    }
}

/// How often an event of one name happened, and when first and last.
public struct EventTally: Sendable, Hashable {
    /// How often; 0 means never, and then the times mean nothing.
    public var count: Int
    /// The earliest occurrence.
    public var first: Timestamp
    /// The latest occurrence.
    public var last: Timestamp

    /// A tally of its parts.
    public init(count: Int, first: Timestamp, last: Timestamp) {
        self.count = count
        self.first = first
        self.last = last
    }

    /// The tally of both together, as when two profiles become one.
    public func merged(with other: EventTally) -> EventTally {
        guard count > 0 else { return other }
        guard other.count > 0 else { return self }
        let (sum, overflow) = count.addingReportingOverflow(other.count)
        return EventTally(count: overflow ? .max : sum, first: min(first, other.first), last: max(last, other.last))
    }
}
