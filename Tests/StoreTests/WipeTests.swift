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
        let error = #expect(throws: PostgreSQLError.self) { try session.statements.wipe(patience: patience) }
        #expect(error?.message == "Somebody reads the tables for long, as for a dump.")
        try dump.statements.query("COMMIT")
        try session.statements.wipe()
        try await store.write { try $0.execute("INSERT INTO note (text) VALUES ('a')") }
        cluster.stop()
    }

    @Test(
        "is not rewritten before nobody sees any more what was deleted, whatever their role: that would be written with the rest",
        arguments: ["owner", "kith"]
    )
    func snapshot(role: String) async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let other = try PostgreSQLSession(try PostgreSQLOptions(cluster.address, schema: "kith_wiped"))
        try other.statements.query("CREATE ROLE kith LOGIN")
        try other.statements.query("GRANT CREATE ON DATABASE postgres TO kith")
        let address = cluster.address.replacing("user=owner", with: "user=\(role)")
        let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]
        let store = try PostgreSQLBatchStore(address, schema: "kith_wiped", migrations: migrations)
        let session = try PostgreSQLSession(try PostgreSQLOptions(address, schema: "kith_wiped"))
        try await store.write { try $0.execute("INSERT INTO note (text) VALUES ('ann@shop.example')") }
        try other.statements.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try other.statements.query("SELECT count(*) FROM pg_class")
        try await store.write { try $0.execute("DELETE FROM note") }
        #expect(throws: PostgreSQLError.self) { try session.statements.wipe(patience: .seconds(1)) }
        try other.statements.query("COMMIT")
        try session.statements.wipe()
        try other.statements.query("CHECKPOINT")
        let file = "pg_read_binary_file(pg_relation_filepath('note'))"
        let left = "SELECT position(convert_to('ann@shop.example', 'UTF8') IN \(file)) > 0"
        #expect(try other.statements.query(left).text(0, 0) == "f")
        cluster.stop()
    }

    @Test("lets others through while it waits for somebody who reads", .timeLimit(.minutes(5)))
    func turns() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let migrations = [SQLMigration("first", "CREATE TABLE note (text TEXT NOT NULL)")]
        let store = try await PostgreSQLStore(cluster.address, schema: "kith_wiped", migrations: migrations)
        let dump = try PostgreSQLSession(try PostgreSQLOptions(cluster.address, schema: "kith_wiped"))
        try dump.statements.query("BEGIN")
        try dump.statements.query("LOCK TABLE note IN ACCESS SHARE MODE")
        async let wiped: Void = store.wipe()
        let waiting = "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
        while try dump.statements.query(waiting).count == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await store.read { try $0.value("SELECT count(*) FROM note", as: Int.self) } == 0)
        // Had that waited for as long as the wipe is patient, it would have been given up by now.
        try dump.statements.query("COMMIT")
        try await wiped
        cluster.stop()
    }
}
