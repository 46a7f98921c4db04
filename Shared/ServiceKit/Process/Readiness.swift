import Synchronization

/// What a service still waits for before it can do its work.
///
/// - A condition is unknown, hence not waited for, until it is first set.
/// - The service is ready while every known condition is true, until it begins to stop.
public final class Readiness: Sendable {
    private let conditions = Mutex<[String: Bool]>(["http": false])
    private let isOver = Atomic(false)
    private let isAtEnd = Atomic(false)

    /// Creates a readiness that waits for the HTTP server.
    public init() {}

    /// Notes that a condition holds, or no longer does.
    public func set(_ condition: String, _ holds: Bool) {
        conditions.withLock { $0[condition] = holds }
    }

    /// Notes that the service is about to stop: it is not ready from now on, whatever holds.
    public func stop() {
        isOver.store(true, ordering: .releasing)
    }

    /// Whether the service is about to stop.
    public var isStopping: Bool { isOver.load(ordering: .acquiring) }

    /// Notes that what the service is at ends now: nobody is to wait any more for what is away.
    public func end() {
        isAtEnd.store(true, ordering: .releasing)
    }

    /// Whether what the service is at ends now.
    public var isEnding: Bool { isAtEnd.load(ordering: .acquiring) }

    /// Whether the service can do its work, and will for a while.
    public var isReady: Bool { missing.isEmpty && !isStopping }

    /// The conditions that do not hold, sorted.
    public var missing: [String] {
        conditions.withLock { conditions in conditions.filter { !$0.value }.keys.sorted() }
    }
}
