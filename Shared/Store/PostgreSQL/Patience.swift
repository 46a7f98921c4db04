import Glibc
import PostgreSQL

/// Waits for a server that is away, or for the one that still has the store, and makes again what met another's transaction.
enum Patience {
    private static let limit = Duration.seconds(60)

    static func wait<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(10)
        while true {
            do {
                return try await body()
            } catch {
                guard error.mayPass, ContinuousClock.now - start < limit else { throw SQLFailure.naming(error) }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    /// The same for a thread that may wait.
    static func hold<Value>(_ body: () throws -> Value) throws -> Value {
        let start = ContinuousClock.now
        var pause: UInt32 = 10_000
        while true {
            do {
                return try body()
            } catch {
                guard error.mayPass, ContinuousClock.now - start < limit else { throw error }
                usleep(pause)
                pause = min(pause * 2, 500_000)
            }
        }
    }
}

extension Error {
    /// Whether the same may succeed a little later.
    var mayPass: Bool {
        // After a break the server may not have noticed yet that the connection before is gone.
        if case StoreError.inUse? = self as? StoreError { return true }
        guard let error = self as? PostgreSQLError else { return false }
        let isConflict = error.state == "40001" || error.state == "40P01"
        // The server is starting, or has no connection left.
        let isAway = error.state == "57P03" || error.state == "53300" || error.state?.hasPrefix("08") == true
        let isUnreachable = error.kind == .connecting && error.state == nil
        return isConflict || isAway || isUnreachable || error.isConnectionLost && error.kind != .connecting
    }
}
