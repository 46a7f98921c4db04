import Glibc
import PostgreSQL

/// Waits for a server that is away, or for the one that still has the store, and makes again what met another's transaction.
struct Patience: Sendable {
    private static let limit = Duration.seconds(60)
    /// A process that is to stop waits no longer than this.
    private static let rest = Duration.seconds(1)
    /// The longest pause, in microseconds.
    private static let longest: UInt32 = 500_000

    /// Whether the process is to stop.
    let isStopping: @Sendable () -> Bool

    func wait<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        var pause: UInt32 = 10_000
        while true {
            do {
                return try await body()
            } catch {
                try check(error, since: start)
                try await Task.sleep(for: .microseconds(pause))
                pause = min(pause * 2, Self.longest)
            }
        }
    }

    /// The same for a thread that may wait.
    func hold<Value>(_ body: () throws -> Value) throws -> Value {
        let start = ContinuousClock.now
        var pause: UInt32 = 10_000
        while true {
            do {
                return try body()
            } catch {
                try check(error, since: start)
                usleep(pause)
                pause = min(pause * 2, Self.longest)
            }
        }
    }

    /// Throws when it is not to be tried again.
    private func check(_ error: any Error, since start: ContinuousClock.Instant) throws {
        let waited = ContinuousClock.now - start
        guard error.mayPass, waited < Self.limit else { throw SQLFailure.naming(error) }
        if isStopping(), waited > Self.rest { throw CancellationError() }
    }
}

extension Error {
    /// Whether the same may succeed a little later.
    var mayPass: Bool {
        // After a break the server may not have noticed yet that the connection before is gone.
        if case StoreError.inUse? = self as? StoreError { return true }
        guard let error = self as? PostgreSQLError else { return false }
        let isConflict = error.state == "40001" || error.state == "40P01"
        // The server is starting, or has no connection left, or only reads yet, before it takes another one's place.
        let isAway = ["57P03", "53300", "25006"].contains(error.state) || error.state?.hasPrefix("08") == true
        let isUnreachable = error.kind == .connecting && error.state == nil
        return isConflict || isAway || isUnreachable || error.isConnectionLost && error.kind != .connecting
    }
}
