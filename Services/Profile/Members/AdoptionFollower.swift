import MessageLog
import ServiceLifecycle
import Topics

/// Finds out what of people's decisions is in effect in a store that another process may write.
struct AdoptionFollower: Service {
    private static let pause = Duration.milliseconds(50)

    let log: any MessageLog
    let notes: GroupNotes
    let inEffect: BookInEffect

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await follow() }
    }

    private func follow() async throws {
        let reader = ControlReader(log: log)
        for await _ in log.news(of: [Topic.control]) where try await reader.readToHead() {
            while try await !notes.hasAdopted(reader.positions) { try await Task.sleep(for: Self.pause) }
            inEffect.note(reader.book)
        }
    }
}
