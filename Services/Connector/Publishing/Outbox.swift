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
        while case let batches = try await store.outbox(limit: 500, bytes: 4 << 20), !batches.isEmpty {
            for batch in batches {
                let effects = Effects(outbox: batch.effect)
                try await publisher.publish(.init(parts: [(batch.effect.topic, batch.records)], effects: effects))
            }
        }
    }
}
