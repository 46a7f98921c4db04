public import Events

/// A condition on how often, or when, an event of one name happened.
///
/// | JSON, beside `"event": "Order Completed"` | holds when the event happened |
/// |---|---|
/// | nothing | at least once |
/// | `"count": {"atLeast": 2, "atMost": 5}` or `{"equals": 3}` | this often, ever |
/// | `"since": "2026-01-01"` | at least once then or later |
/// | `"until": "2026-01-01"` | at least once before then |
/// | `"within": "30d"` | at least once in the last 30 days; also `w`, `h`, `m`, `s` |
///
/// Every answer is exact. What is known of an event name is its count and its first and last time, so a time may not be
/// combined with a count or with another time: that is refused, not guessed. An event that did not happen in a time is
/// asked for with `not`.
public struct EventCondition: Sendable, Hashable {
    /// The event's name, to the letter.
    public var name: String
    /// What must hold.
    public var test: Test

    /// A condition of its parts; without a test, at least one occurrence.
    public init(_ name: String, _ test: Test = .count(atLeast: 1, atMost: nil)) {
        self.name = name
        self.test = test
    }

    /// What must hold.
    public enum Test: Sendable, Hashable {
        /// So often, ever; without an upper bound if that is `nil`.
        case count(atLeast: Int, atMost: Int?)
        /// At least once, then or later.
        case since(Timestamp)
        /// At least once, before.
        case until(Timestamp)
        /// At least once in the time up to now.
        case within(Duration)
    }
}

// MARK: - Matching

extension EventCondition {
    func matches(_ events: [String: EventTally], now: Timestamp) -> Bool {
        let tally = events[name].flatMap { $0.count > 0 ? $0 : nil }
        switch test {
        case .count(let least, let most):
            let count = tally?.count ?? 0
            return count >= least && count <= most ?? .max
        case .since(let time): return tally.map { $0.last >= time } ?? false
        case .until(let time): return tally.map { $0.first < time } ?? false
        case .within(let period): return tally.map { $0.last >= now.before(period) } ?? false
        }
    }
}

extension Timestamp {
    /// The time that is so long before this one, or the earliest there is.
    fileprivate func before(_ period: Duration) -> Timestamp {
        let (seconds, attoseconds) = period.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return .earliest }
        let (past, underflow) = microseconds.subtractingReportingOverflow(whole + attoseconds / 1_000_000_000_000)
        return underflow ? .earliest : Timestamp(microseconds: past)
    }
}
