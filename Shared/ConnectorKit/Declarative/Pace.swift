import Events

/// When the next request may be made: within the budget, and not before the vendor allows it; pure.
struct Pace: Sendable {
    private let budget: HTTPDeclaration.Budget?
    /// When requests were made, the latest last, as many as the budget has.
    private var made: [Timestamp] = []
    private var blockedUntil = Timestamp(microseconds: 0)
    /// When somebody asked last.
    private var last: Timestamp?

    init(_ budget: HTTPDeclaration.Budget?) {
        self.budget = budget
    }

    /// How long to wait for the next place.
    mutating func wait(at now: Timestamp) -> Duration {
        keepUp(with: now)
        var time = max(now, blockedUntil)
        if let budget, made.count >= budget.requests, let oldest = made.first { time = max(time, oldest + budget.per) }
        return .microseconds(time.microseconds - now.microseconds)
    }

    /// Takes the place at this time.
    mutating func take(at time: Timestamp) {
        guard let budget else { return }
        made.append(time)
        if made.count > budget.requests { made.removeFirst() }
    }

    /// Takes note that nothing may be asked for a while.
    mutating func block(for pause: Duration, from now: Timestamp) {
        keepUp(with: now)
        blockedUntil = max(blockedUntil, now + pause)
    }

    /// When the clock was set back, what was noted goes back with it: otherwise nothing could be asked for as long.
    private mutating func keepUp(with now: Timestamp) {
        if let last, now < last {
            let step = Duration.microseconds(last.microseconds - now.microseconds)
            made = made.map { $0 - step }
            blockedUntil = blockedUntil - step
        }
        last = now
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
