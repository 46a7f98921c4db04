/// A point in time by which something must be over.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(in duration: Duration) {
        end = ContinuousClock.now + duration
    }

    var hasPassed: Bool { ContinuousClock.now >= end }

    /// What is left in whole milliseconds, rounded up: to wait for it is to have passed it.
    var milliseconds: Int32 {
        let left = end - ContinuousClock.now
        guard left > .zero else { return 0 }
        return Int32(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
