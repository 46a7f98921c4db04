import Synchronization

/// What a service still waits for before it can do its work.
///
/// - A condition is unknown, hence not waited for, until it is first set.
/// - The service is ready while every known condition is true.
public final class Readiness: Sendable {
    private let conditions = Mutex<[String: Bool]>(["http": false])

    /// Creates a readiness that waits for the HTTP server.
    public init() {}

    /// Notes that a condition holds, or no longer does.
    public func set(_ condition: String, _ holds: Bool) {
        conditions.withLock { $0[condition] = holds }
    }

    /// The conditions that do not hold, sorted; empty when the service is ready.
    public var missing: [String] {
        conditions.withLock { conditions in conditions.filter { !$0.value }.keys.sorted() }
    }
}
