import Events

/// When the next request may be made: within the budget, and not before the vendor allows it; pure.
struct Pace: Sendable {
    private let budget: HTTPDeclaration.Budget?
    /// When requests were made, the latest last, as many as the budget has.
    private var made: [Timestamp] = []
    private var blockedUntil = Timestamp(microseconds: 0)

    init(_ budget: HTTPDeclaration.Budget?) {
        self.budget = budget
    }

    /// Takes the next place, and says how long to wait for it.
    mutating func take(at now: Timestamp) -> Duration {
        var time = max(now, blockedUntil)
        if let budget {
            if made.count >= budget.requests, let oldest = made.first { time = max(time, oldest + budget.per) }
            made.append(time)
            if made.count > budget.requests { made.removeFirst() }
        }
        return .microseconds(time.microseconds - now.microseconds)
    }

    /// Takes note that nothing may be asked for a while.
    mutating func block(for pause: Duration, from now: Timestamp) {
        blockedUntil = max(blockedUntil, now + pause)
    }
}

extension Timestamp {
    static func + (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + span.microseconds)
    }

    static func - (time: Timestamp, span: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds - span.microseconds)
    }
}
