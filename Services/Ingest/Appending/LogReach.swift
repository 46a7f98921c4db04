import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Whether the log is reached: it is not after an append that nobody answered, until somebody answers again.
///
/// Meanwhile `/ready` says so, and a proxy gives the requests to another `ingest`.
final class LogReach: Service {
    private let readiness: Readiness
    private let pause: Duration
    private let isReached: @Sendable () async -> Bool
    private let losses: AsyncStream<Void>
    private let lost: AsyncStream<Void>.Continuation

    init(readiness: Readiness, pause: Duration = .seconds(1), isReached: @escaping @Sendable () async -> Bool) {
        self.readiness = readiness
        self.pause = pause
        self.isReached = isReached
        (losses, lost) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes in why an append failed.
    func note(_ error: MessageLogError) {
        if case .unavailable = error { lost.yield() }
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            for await _ in self.losses {
                self.readiness.set("log", false)
                while await !self.isReached() { try await Task.sleep(for: self.pause) }
                self.readiness.set("log", true)
            }
        }
    }
}

extension LogReach {
    /// Asks the log itself.
    convenience init(log: any MessageLog, readiness: Readiness) {
        self.init(readiness: readiness) {
            let partitions = try? await within(.seconds(5)) { try await log.partitions(of: Topic.events) }
            return partitions != nil
        }
    }
}
