public import Events
import Synchronization

/// Bounds how many refused calls of one key are written down, since `control` is kept for ever and write keys are public.
public final class RefusalMeter: Sendable {
    private struct Count {
        var minute: Int64
        var refusals: Int
    }

    private let perMinute: Int
    private let counts = Mutex<[String: Count]>([:])

    /// A meter that admits so many refusals of each key in a minute.
    public init(perMinute: Int) {
        self.perMinute = perMinute
    }

    /// Whether this refusal is one to write down.
    public func admits(_ actor: String, at now: Timestamp) -> Bool {
        let minute = now.microseconds / 60_000_000
        return counts.withLock { counts in
            var count = counts[actor] ?? Count(minute: minute, refusals: 0)
            if count.minute != minute { count = Count(minute: minute, refusals: 0) }
            count.refusals += 1
            counts[actor] = count
            return count.refusals <= perMinute
        }
    }
}
