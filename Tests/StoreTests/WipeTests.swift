import PostgreSQL
import TestKit
import Testing

@testable import Store

@Suite("A store in PostgreSQL, of which nothing is to be left that was deleted")
struct WipeTests {
    @Test("is not rewritten beside a dump, behind which everybody would wait, but after it")
    func dump() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]
        let store = try PostgreSQLBatchStore(cluster.address, schema: "kith_wiped", migrations: migrations)
        let options = try PostgreSQLOptions(cluster.address, schema: "kith_wiped")
        let (dump, session) = (try PostgreSQLSession(options), try PostgreSQLSession(options))
        try dump.statements.query("BEGIN")
        try dump.statements.query("LOCK TABLE note IN ACCESS SHARE MODE")
        let patience = Duration.seconds(1)
        #expect(throws: PostgreSQLError.self) { try session.statements.wipe(patience: patience) }
        try await Task.sleep(for: patience)
        let start = ContinuousClock.now
        #expect(throws: PostgreSQLError.self) { try session.statements.wipe(patience: patience) }
        #expect(ContinuousClock.now - start < patience)
        try dump.statements.query("COMMIT")
        try session.statements.wipe()
        try await store.write { try $0.execute("INSERT INTO note (text) VALUES ('a')") }
        cluster.stop()
    }
}
