import Store
import Synchronization
import TestKit
import Testing

@Suite("A store whose process is to stop", .serialized)
struct StoppingTests {
    private final class Signal: Sendable {
        private let isOn = Atomic(false)

        var isGiven: Bool { isOn.load(ordering: .acquiring) }

        func give() { isOn.store(true, ordering: .releasing) }
    }

    private static let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]

    @Test("is not waited for any longer while its server is away")
    func stopping() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let signal = Signal()
        let batches = try PostgreSQLBatchStore(
            cluster.address,
            schema: "kith_batches",
            migrations: Self.migrations,
            until: { signal.isGiven }
        )
        let store = try await PostgreSQLStore(
            cluster.address,
            schema: "kith_store",
            migrations: Self.migrations,
            until: { signal.isGiven }
        )
        cluster.stop()
        var waiting: [Task<Void, any Error>] = []
        for store in [batches as any SQLStore, store] {
            waiting.append(Task { try await Self.write(store) })
            waiting.append(Task { try await Self.read(store) })
        }
        // They wait for the server by then.
        try await Task.sleep(for: .milliseconds(1500))
        let start = ContinuousClock.now
        signal.give()
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(ContinuousClock.now - start < .seconds(50))
    }

    private static func write(_ store: any SQLStore) async throws {
        try await store.write { try $0.execute("INSERT INTO note VALUES ('late')") }
    }

    private static func read(_ store: any SQLStore) async throws {
        _ = try await store.read { try $0.value("SELECT count(*) FROM note", as: Int.self) }
    }
}
