import MessageLog
import ServiceLifecycle

/// A service for which being cancelled while it is to stop is a way to stop, and no failure; so is to give up what it waits for,
/// or a log that does not answer then.
struct Stopping: Service {
    let service: any Service
    let readiness: Readiness

    func run() async throws {
        do {
            try await service.run()
        } catch
            where (readiness.isEnding || Task.isShuttingDownGracefully || Task.isCancelled) && Self.leavesOff(error)
        {
            // What it had not finished is done again after the next start.
        }
        // One that ends before its turn would be taken for one that failed.
        if readiness.isEnding { try? await gracefulShutdown() }
    }

    private static func leavesOff(_ error: any Error) -> Bool {
        guard let error = error as? MessageLogError else { return error is CancellationError }
        return error.isPassing || error == .closed || error == .cancelled
    }
}

/// Says first of all that the service is about to stop, and keeps everything running while load balancers take notice.
///
/// It belongs last, so that it is the first to hear of it.
struct Farewell: Service {
    let readiness: Readiness
    let drain: Duration
    let end: ProcessEnd

    func run() async throws {
        do {
            try await gracefulShutdown()
            readiness.stop()
            try await Task.sleep(for: drain)
            readiness.end()
            end.begin()
        } catch {
            // Something else has failed, and ends the process.
            readiness.stop()
            readiness.end()
            end.fail()
        }
    }
}

/// A server that, once it is to stop, answers what was asked before, but does not wait for slow clients longer than so long.
struct BoundedServer<Server: Service>: Service {
    let server: Server
    let patience: Duration
    /// Lets requests have an answer that wait for something else than their clients; there is still time to send it then.
    let hurry: @Sendable () async -> Void

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                let rest = Duration.milliseconds(500)
                try await gracefulShutdown()
                try await Task.sleep(for: patience - rest)
                await hurry()
                try await Task.sleep(for: rest)
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
