import MessageLog
import ServiceKit
import ServiceLifecycle
import Topics

/// Finds out what of people's decisions is in effect in a store that another process may write.
struct AdoptionFollower: Service {
    private static let pause = Duration.milliseconds(50)

    let log: any MessageLog
    let notes: GroupNotes
    let inEffect: BookInEffect
    /// Waits until what is on the log at the start is in effect: then somebody resolves, or has resolved.
    let readiness: Readiness

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await follow() }
    }

    private func follow() async throws {
        let reader = ControlReader(log: log)
        var isReady = false
        for await _ in log.news(of: [Topic.control]) {
            let isNew = try await reader.readToHead()
            guard isNew || !isReady else { continue }
            while try await !notes.hasAdopted(reader.positions) { try await Task.sleep(for: Self.pause) }
            inEffect.note(reader.book)
            readiness.set("store", true)
            isReady = true
        }
    }
}
