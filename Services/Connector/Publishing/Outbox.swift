import MessageLog
import ServiceLifecycle

/// Publishes what transactions left in the outbox.
struct Outbox: Service {
    let store: ConnectorStore
    let publisher: Publisher
    private let bell = Bell()

    /// Says that there is something in the outbox.
    func ring() {
        bell.ring()
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await publishAll()
                await bell.wait()
            }
        }
    }

    private func publishAll() async throws {
        while let found = try await store.outbox(limit: 500, bytes: 4 << 20) {
            try await publisher.publish(
                .init(parts: [(found.topic, found.records)], effects: Effects(outbox: found.last))
            )
        }
    }
}
