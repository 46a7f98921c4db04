import Store
import TestKit
import Testing

@testable import Membership

@Suite("Who may write a store by a lease", .serialized)
struct AccessTests {
    private static let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]

    private func open(_ cluster: PostgreSQLCluster, as party: Party) throws -> PostgreSQLBatchStore {
        try PostgreSQLBatchStore(
            cluster.address,
            schema: "kith_leased",
            migrations: Self.migrations,
            as: party.membership.access(by: "intake", in: "kith_test")
        )
    }

    private func write(_ text: String, to store: PostgreSQLBatchStore) throws {
        try store.write { db in try db.execute("INSERT INTO note VALUES (?)", [text]) }
    }

    @Test("it is the member that has the lease, until it is expelled, whatever connection it has by then")
    func leases() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (one, two) = (try await Party("a", in: cluster), try await Party("b", in: cluster))
        try await give("a", one)
        let first = try open(cluster, as: one)
        try write("of a", to: first)
        #expect(throws: StoreError.outOfTurn(store: "kith_leased")) { try open(cluster, as: two) }
        try write("still of a", to: first)

        // Another process of its name has come: the lease is no longer this one's, whatever the name.
        let again = try await Party("a", in: cluster)
        try await give("b", two)
        let second = try open(cluster, as: two)
        try write("of b", to: second)
        #expect(throws: (any Error).self) { try write("late", to: first) }
        try await give("a", again)
        #expect(throws: StoreError.outOfTurn(store: "kith_leased")) { try write("later", to: first) }
        try write("of a again", to: try open(cluster, as: again))
        let texts: [String] = try await second.read { try $0.all("SELECT text FROM note") { $0[0] } }
        #expect(texts == ["of a", "still of a", "of b", "of a again"])
        cluster.stop()
    }

    private func give(_ member: String, _ party: Party) async throws {
        try await party.store.write { db in
            try db.execute("DELETE FROM lease")
            try db.execute("INSERT INTO lease VALUES ('intake', ?)", [member])
        }
    }
}
