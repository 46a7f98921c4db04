import ServiceLifecycle

/// A service for which being cancelled while it is to stop is a way to stop, and no failure; so is to give up what it waits for.
struct Stopping: Service {
    let service: any Service
    let readiness: Readiness

    func run() async throws {
        do {
            try await service.run()
        } catch is CancellationError where readiness.isEnding || Task.isShuttingDownGracefully || Task.isCancelled {
            // What it had not finished is done again after the next start.
        }
        // One that ends before its turn would be taken for one that failed.
        if readiness.isEnding { try? await gracefulShutdown() }
    }
}

/// Says first of all that the service is about to stop, and keeps everything running while load balancers take notice.
///
/// It belongs last, so that it is the first to hear of it.
struct Farewell: Service {
    let readiness: Readiness
    let drain: Duration

    func run() async throws {
        try? await gracefulShutdown()
        readiness.stop()
        try? await Task.sleep(for: drain)
        readiness.end()
    }
}

/// A server that, once it is to stop, answers what was asked before, but does not wait for slow clients longer than so long.
struct BoundedServer<Server: Service>: Service {
    let server: Server
    let patience: Duration

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: patience)
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
