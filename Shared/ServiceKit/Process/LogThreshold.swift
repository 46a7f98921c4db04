public import Events
public import Logging
import Synchronization

/// The least severe level that a process logs: the configured one, or for a while another.
///
/// Reading it costs two atomic loads, since every line that is not logged asks for it.
public final class LogThreshold: Sendable {
    /// The one that the process's loggers go by.
    public static let shared = LogThreshold()

    /// A level that holds in place of the configured one.
    public struct Exception: Sendable, Equatable {
        /// The level.
        public var level: Logger.Level
        /// When the configured one holds again; `nil` with the next start.
        public var until: Timestamp?

        /// A level that holds until then.
        public init(_ level: Logger.Level, until: Timestamp? = nil) {
            self.level = level
            self.until = until
        }
    }

    private struct State {
        var configured: Logger.Level
        var exception: Exception?
    }

    private static let levels = Logger.Level.allCases

    private let state: Mutex<State>
    private let clock: @Sendable () -> Timestamp
    /// The place, among all levels, of the one that holds.
    private let current: Atomic<Int>
    /// When that ends, in microseconds since 1970.
    private let end = Atomic(Int64.max)

    /// Creates a threshold with a configured level.
    public init(_ configured: Logger.Level = .info, clock: @escaping @Sendable () -> Timestamp = SystemClock.now) {
        state = Mutex(State(configured: configured))
        current = Atomic(Self.place(of: configured))
        self.clock = clock
    }

    /// The level that holds now.
    public var level: Logger.Level {
        let end = end.load(ordering: .relaxed)
        if end != .max, clock().microseconds >= end { expire(end) }
        return Self.levels[current.load(ordering: .relaxed)]
    }

    /// The level that holds as long as nobody has asked for another.
    public var configured: Logger.Level {
        state.withLock { $0.configured }
    }

    /// What holds now in place of the configured level.
    public var exception: Exception? {
        _ = level
        return state.withLock { $0.exception }
    }

    /// Sets the level that holds as long as nobody asks for another.
    public func configure(_ level: Logger.Level) {
        change { $0.configured = level }
    }

    /// Puts another level in place of the configured one, or with `nil` that one itself.
    public func except(_ exception: Exception?) {
        change { $0.exception = exception }
    }

    private func expire(_ seen: Int64) {
        change { state in
            // Somebody may just have asked for yet another.
            if state.exception?.until?.microseconds == seen { state.exception = nil }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            current.store(Self.place(of: state.exception?.level ?? state.configured), ordering: .relaxed)
            end.store(state.exception?.until?.microseconds ?? .max, ordering: .relaxed)
        }
    }

    private static func place(of level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}
