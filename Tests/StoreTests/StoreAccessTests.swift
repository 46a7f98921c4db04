import Store
import Synchronization
import TestKit
import Testing

@Suite("Who may write a store in PostgreSQL", .serialized)
struct StoreAccessTests {
    /// Whose turn it is.
    private final class Turn: Sendable {
        private let name: Mutex<String>

        init(of name: String) {
            self.name = Mutex(name)
        }

        func pass(to other: String) { name.withLock { $0 = other } }

        func access(_ name: String) -> StoreAccess { .inTurn { [self] _ in self.name.withLock { $0 == name } } }
    }

    private static let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]

    private func open(_ cluster: PostgreSQLCluster, as access: StoreAccess) throws -> PostgreSQLBatchStore {
        try PostgreSQLBatchStore(cluster.address, schema: "kith_turns", migrations: Self.migrations, as: access)
    }

    private func note(_ text: String, in store: PostgreSQLBatchStore) throws {
        try store.write { db in try db.execute("INSERT INTO note VALUES (?)", [text]) }
    }

    @Test(
        "a successor cuts off the one before in the middle of a transaction, which gets nothing committed and never comes back"
    )
    func succession() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        try succeed(in: cluster)
        cluster.stop()
    }

    private func succeed(in cluster: PostgreSQLCluster) throws {
        let turn = Turn(of: "a")
        let first = try open(cluster, as: turn.access("a"))
        try note("first", in: first)
        #expect(throws: (any Error).self) {
            try first.write { db in
                try db.execute("INSERT INTO note VALUES ('stalled')")
                turn.pass(to: "b")
                try note("second", in: try open(cluster, as: turn.access("b")))
                try db.execute("INSERT INTO note VALUES ('woken')")
            }
        }
        // The one after has let go of the store by now.
        #expect(throws: StoreError.outOfTurn(store: "kith_turns")) { try note("late", in: first) }
        turn.pass(to: "a")
        try note("in turn", in: first)
        let texts: [String] = try open(cluster, as: .reading).read { try $0.all("SELECT text FROM note") { $0[0] } }
        #expect(texts == ["first", "second", "in turn"])
    }

    @Test("who only reads takes it from nobody, and who wants it only if it is free is refused at once")
    func others() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let writer = try open(cluster, as: .alone)
        let reader = try open(cluster, as: .reading)
        try note("seen", in: writer)
        #expect(try await reader.read { try $0.value("SELECT text FROM note") } == "seen")
        let refusal = StoreError.outOfTurn(store: "kith_turns")
        #expect(throws: refusal) { try note("written", in: reader) }
        let start = ContinuousClock.now
        #expect(throws: refusal) { try open(cluster, as: .ifFree) }
        #expect(ContinuousClock.now - start < .seconds(50))
        try note("still", in: writer)
        cluster.stop()
    }
}
