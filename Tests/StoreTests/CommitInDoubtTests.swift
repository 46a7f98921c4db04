import Foundation
import PostgreSQL
import Store
import TestKit
import Testing

/// A server that can be made to die while a store waits for its commit.
private struct Ground {
    static let schema = "kith_doubt"

    static let migrations = [
        SQLMigration("first") { db in
            try db.execute("CREATE TABLE note (text TEXT NOT NULL)")
            try db.execute("CREATE TABLE pause (seconds INTEGER NOT NULL)")
            try db.execute("INSERT INTO pause VALUES (50)")
            try db.execute(
                """
                CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN PERFORM pg_sleep(seconds) FROM pause; RETURN NULL; END'
                """
            )
            try db.execute(
                """
                CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION linger()
                """
            )
        }
    ]

    let cluster: PostgreSQLCluster
    /// A second name of the folder that the socket is in, by which the store goes.
    private let way: String

    /// How the store reaches the server, for as long as the way is open.
    var address: String { "host=\(way) user=owner dbname=postgres" }

    init() async throws {
        cluster = try PostgreSQLCluster()
        try await cluster.start()
        way = cluster.folder.appending(path: "way").path
        try openWay()
        // What is written without a commit would keep the number from being given again.
        try await run("ALTER SYSTEM SET autovacuum = off")
        try await run("SELECT pg_reload_conf()")
        try await stopWriters()
    }

    /// Stops those who write to the disk now and then what nobody has committed, each while it rests.
    private func stopWriters() async throws {
        let statement = """
            SELECT pid, (wait_event LIKE '%Main' OR wait_event LIKE '%Hibernate')::int FROM pg_stat_activity
            WHERE backend_type IN ('walwriter', 'background writer', 'checkpointer')
            """
        while true {
            let found = try await writers(statement)
            // Whoever is at work has something that those who look after him may wait for.
            if found.count == 3, found.allSatisfy({ $0.isAtRest }) {
                for writer in found { kill(writer.process, SIGSTOP) }
                if try await writers(statement).allSatisfy({ $0.isAtRest }) { return }
                for writer in found { kill(writer.process, SIGCONT) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func writers(_ statement: String) async throws -> [(process: pid_t, isAtRest: Bool)] {
        try await other().withConnection { connection -> [(process: pid_t, isAtRest: Bool)] in
            let rows = try await connection.query(statement)
            return (0..<rows.count).compactMap { row in
                rows.integer(row, 0).map { (process: pid_t($0), isAtRest: rows.integer(row, 1) == 1) }
            }
        }
    }

    private func openWay() throws {
        try FileManager.default.createSymbolicLink(atPath: way, withDestinationPath: cluster.folder.path)
    }

    /// Somebody else, who has not been there before: a connection from before a crash is broken.
    private func other() throws -> PostgreSQLClient { PostgreSQLClient(try PostgreSQLOptions(cluster.address)) }

    func run(_ statement: String) async throws {
        try await other().withConnection { connection in _ = try await connection.query(statement) }
    }

    /// Crashes the server in the middle of the store's commit; before the store can ask, somebody else gets the transaction's number.
    func crashAtCommit() async throws {
        let number = try await numberAtCommit()
        try FileManager.default.removeItem(atPath: way)
        cluster.stop()
        try await cluster.start()
        #expect(try await takenNumber() <= number)
        while try await takenNumber() < number {}
        try await run("UPDATE \(Self.schema).pause SET seconds = 0")
        try openWay()
    }

    /// The number of the transaction that is being committed.
    private func numberAtCommit() async throws -> Int64 {
        let statement = "SELECT backend_xid FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"
        for _ in 0..<6000 {
            if let number = try await self.number(statement) { return number }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NoCommit()
    }

    /// The number of a transaction of somebody else's, which is committed.
    private func takenNumber() async throws -> Int64 {
        try #require(try await number("SELECT pg_current_xact_id()"))
    }

    private func number(_ statement: String) async throws -> Int64? {
        try await other().withConnection { connection -> Int64? in
            let rows = try await connection.query(statement)
            return rows.count > 0 ? rows.integer(0, 0) : nil
        }
    }
}

private struct NoCommit: Error {}

@Suite("A transaction whose commit was cut off", .serialized)
struct CommitInDoubtTests {
    private static func note(in store: any SQLStore) async throws {
        try await store.write { try $0.execute("INSERT INTO note VALUES ('once')") }
    }

    private func count(_ store: any SQLStore) async throws -> Int {
        try await store.read { try $0.value("SELECT count(*) FROM note") ?? -1 }
    }

    @Test("is made again when a crash has lost it, although somebody else's has its number by then")
    func madeAgain() async throws {
        let ground = try await Ground()
        let store = try await PostgreSQLStore(ground.address, schema: Ground.schema, migrations: Ground.migrations)
        let noting = Task { try await Self.note(in: store) }
        try await ground.crashAtCommit()
        try await noting.value
        #expect(try await count(store) == 1)
        ground.cluster.stop()
    }

    @Test("is not taken for committed by a store that leaves it to its caller to make it again")
    func refused() async throws {
        let ground = try await Ground()
        let store = try PostgreSQLBatchStore(ground.address, schema: Ground.schema, migrations: Ground.migrations)
        let noting = Task { try await Self.note(in: store) }
        try await ground.crashAtCommit()
        await #expect(throws: PostgreSQLError.self) { try await noting.value }
        #expect(try await count(store) == 0)
        try await Self.note(in: store)
        #expect(try await count(store) == 1)
        ground.cluster.stop()
    }

    @Test("is found in a store that an older version has made, and nothing is noted of one that changes nothing")
    func marks() async throws {
        let ground = try await Ground()
        _ = try await open(on: ground)
        try await ground.run("UPDATE \(Ground.schema).pause SET seconds = 0")
        try await ground.run("DROP TABLE \(Ground.schema).kith_commit")
        let store = try await open(on: ground)
        try await Self.note(in: store)
        let last = try await lastMark(store)
        #expect(last > 0)
        let found: Int? = try await store.write { try $0.value("SELECT count(*) FROM note") }
        #expect(found == 1)
        #expect(try await lastMark(store) == last)
        ground.cluster.stop()
    }

    @Test("is missed by who has made it, where a crash has lost it before it was on the disk")
    func lost() async throws {
        let ground = try await Ground()
        let store = try PostgreSQLBatchStore(ground.address, schema: Ground.schema, migrations: Ground.migrations)
        try await ground.run("UPDATE \(Ground.schema).pause SET seconds = 0")
        try await Self.note(in: store)
        try store.put(to: .construction)
        try await Self.note(in: store)
        ground.cluster.stop()
        try await ground.cluster.start()
        let missing = StoreError.lostTransactions(store: Ground.schema)
        await #expect(throws: missing) { try await Self.note(in: store) }
        #expect(SQLFailure.isOfAbsence(missing))
        #expect(try await count(store) == 1)
        ground.cluster.stop()
    }

    @Test("is not missed where the next one of its connection was committed as well, and nobody knows of that")
    func followed() async throws {
        let ground = try await Ground()
        let store = try PostgreSQLBatchStore(ground.address, schema: Ground.schema, migrations: Ground.migrations)
        try await ground.run("UPDATE \(Ground.schema).pause SET seconds = 0")
        try store.put(to: .construction)
        try await Self.note(in: store)
        // As the next one notes it; what is committed so has all before it on the disk.
        try await ground.run("UPDATE \(Ground.schema).kith_commit SET number = number + 1")
        ground.cluster.stop()
        try await ground.cluster.start()
        try await Self.note(in: store)
        #expect(try await count(store) == 2)
        ground.cluster.stop()
    }

    private func open(on ground: Ground) async throws -> PostgreSQLStore {
        try await PostgreSQLStore(
            ground.address,
            schema: Ground.schema,
            migrations: Ground.migrations,
            isShared: true
        )
    }

    private func lastMark(_ store: PostgreSQLStore) async throws -> Int64 {
        try await store.read { try $0.value("SELECT max(number) FROM kith_commit") ?? 0 }
    }
}
