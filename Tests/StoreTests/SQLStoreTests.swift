import Foundation
import PostgreSQL
import Store
import Synchronization
import TestKit
import Testing

/// What every engine has to do alike.
private struct Promises {
    let store: any SQLStore

    static let migrations = [
        SQLMigration(
            "first",
            """
            -- A table with everything there is.
            CREATE TABLE thing (
                id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, bytes BLOB, size INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE INDEX thing_size ON thing (size);
            """
        ),
        SQLMigration("second", "ALTER TABLE thing ADD COLUMN note TEXT"),
    ]

    func hold() async throws {
        try await values()
        try await changes()
        try await order()
        try await undoing()
        try await identity()
        try await turns()
        try await cancellation()
        try await cancellationOfMany()
        try await wholeTables()
        try await store.wipe()
        #expect(try await count() > 0)
    }

    private func count() async throws -> Int {
        try await store.read { try $0.value("SELECT count(*) FROM thing") ?? -1 }
    }

    /// A read that would never end is stopped, and says so in the same way everywhere.
    private func cancellation() async throws {
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let reading = Task { [store] in
            try await store.read { db in
                let endless =
                    "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n % 7 + 1 FROM number) SELECT n FROM number"
                try db.each(endless, []) { _ in
                    // SQLite stops nothing but what has begun.
                    beginning.finish()
                    return true
                }
            }
        }
        for await _ in begun {}
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
    }

    /// So is one that is between two of many short statements.
    private func cancellationOfMany() async throws {
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let reading = Task { [store] in
            try await store.read { db in
                for number in 0..<1_000_000 {
                    _ = try db.value("SELECT count(*) FROM thing") as Int?
                    if number == 10 { beginning.finish() }
                }
            }
        }
        for await _ in begun {}
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
    }

    /// What goes through whole tables may take its time, and nothing behind it.
    private func wholeTables() async throws {
        try await store.write { db in
            func limit() throws -> String? {
                db.dialect == .sqlite ? "0" : try db.value("SELECT current_setting('statement_timeout')")
            }
            let usual = try limit()
            #expect(try db.throughWholeTables { try limit() } == "0")
            #expect(try limit() == usual)
        }
    }

    private func values() async throws {
        let bytes = [UInt8](0...255)
        let text = "it’s “?” 'quoted' \\ ünï 🎈"
        try await store.write { db in
            try db.execute(
                "INSERT INTO thing (name, bytes, size, note) VALUES (?, ?, ?, ?)",
                [text, bytes, Int64.max, nil as String?]
            )
        }
        let row = try #require(
            try await store.read { db in
                try db.row("SELECT *, 1 = 1 AS yes, '?' AS mark FROM thing WHERE name = ?", [text])
            }
        )
        #expect(row["name"] == text && row["bytes"] == bytes && row["size"] == Int64.max)
        #expect((row["note"] as String?) == nil && row["yes"] == true && row["mark"] == "?")
    }

    private func changes() async throws {
        let upsert =
            "INSERT INTO thing (name, size) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET size = excluded.size"
        let counts = try await store.write { db in
            [
                try db.execute(upsert, ["a", 1]), try db.execute(upsert, ["a", 2]),
                try db.execute("INSERT INTO thing (name) VALUES (?) ON CONFLICT DO NOTHING", ["a"]),
                try db.execute("UPDATE thing SET size = size + 1 WHERE name IN (\(SQLDialect.places(2)))", ["a", "b"]),
            ]
        }
        #expect(counts == [1, 1, 0, 1])
        let size = try await store.write { db in
            try db.row("UPDATE thing SET size = 9 WHERE name = 'a' RETURNING size, name")
        }
        #expect(size?["size"] == 9 && size?["name"] == "a")
    }

    /// Texts are in the order of their bytes, whatever the language of the machine.
    private func order() async throws {
        let names = ["B", "a1", "Z", "é", "_"]
        let found: [String] = try await store.write { db in
            for name in names { try db.execute("INSERT INTO thing (name, size) VALUES (?, -7)", [name]) }
            return try db.rows("SELECT name FROM thing WHERE size = -7 AND name > ? ORDER BY name", ["A"]).map {
                $0["name"]
            }
        }
        #expect(found == ["B", "Z", "_", "a1", "é"])
    }

    private func undoing() async throws {
        struct Stop: Error {}
        let before = try await count()
        await #expect(throws: Stop.self) {
            try await store.write { db in
                try db.execute("INSERT INTO thing (name) VALUES ('never')")
                throw Stop()
            }
        }
        await #expect(throws: (any Error).self) {
            try await store.write { try $0.execute("INSERT INTO thing (name) VALUES ('x'), ('x')") }
        }
        #expect(try await count() == before)
    }

    private func identity() async throws {
        let id: Int64? = try await store.write { db in
            try db.continueIdentity(of: "thing", after: 1000)
            try db.continueIdentity(of: "thing", after: 10)
            try db.execute("INSERT INTO thing (name) VALUES ('late')")
            return try db.value("SELECT id FROM thing WHERE name = 'late'")
        }
        #expect((id ?? 0) > 1000)
    }

    /// Nothing is lost when many change the same at once.
    private func turns() async throws {
        try await store.write { try $0.execute("INSERT INTO thing (name) VALUES ('counter')") }
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await store.write { db in
                        let size: Int = try db.value("SELECT size FROM thing WHERE name = 'counter'") ?? 0
                        try db.execute("UPDATE thing SET size = ? WHERE name = 'counter'", [size + 1])
                    }
                }
            }
            try await group.waitForAll()
        }
        let total: Int? = try await store.read { try $0.value("SELECT size FROM thing WHERE name = 'counter'") }
        #expect(total == 50)
    }
}

@Suite("Stores, whichever the engine", .serialized)
struct SQLStoreTests {
    @Test("a file of SQLite")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.sqlite").path
        try await Promises(store: try SQLiteStore(path: path, migrations: Promises.migrations)).hold()
        // Opened again, with a step more.
        let more = Promises.migrations + [SQLMigration("third", "CREATE TABLE more (id INTEGER PRIMARY KEY)")]
        let again = try SQLiteStore(path: path, migrations: more)
        #expect(try await again.read { try $0.value("SELECT count(*) FROM more", as: Int.self) } == 0)
        #expect(try await again.read { try $0.value("SELECT count(*) FROM thing", as: Int.self) ?? 0 } > 0)
        #expect(throws: StoreError.newer(store: path)) { try SQLiteStore(path: path, migrations: Promises.migrations) }
        let copy = folder.appending(path: "copy.sqlite").path
        try again.copy(to: copy)
        for file in [path, copy] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file)")
        }
    }

    @Test("a schema of PostgreSQL, whose server is killed and whose connections are cut")
    func postgreSQL() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let store = try await PostgreSQLStore(cluster.address, schema: "kith_test", migrations: Promises.migrations)
        try await Promises(store: store).hold()
        try await hasRoomToRead(store)
        try await isForOne(cluster)
        try await survivesCuts(store, cluster)
        try await survivesItsServer(store, cluster)
        try await refusesANewerForm(cluster)
    }

    /// What a condition looks up for each row is hashed, however many there are.
    private func hasRoomToRead(_ store: PostgreSQLStore) async throws {
        #expect(try await store.read { try $0.value("SHOW work_mem", as: String.self) } == "64MB")
    }

    private func refusesANewerForm(_ cluster: PostgreSQLCluster) async throws {
        _ = try await PostgreSQLStore(cluster.address, schema: "kith_newer", migrations: Promises.migrations)
        let older = Array(Promises.migrations.prefix(1))
        await #expect(throws: StoreError.newer(store: "kith_newer")) {
            try await PostgreSQLStore(cluster.address, schema: "kith_newer", migrations: older)
        }
    }

    /// A second process is refused for as long as the first one is there.
    private func isForOne(_ cluster: PostgreSQLCluster) async throws {
        let address = cluster.address
        let second = Task {
            try await PostgreSQLStore(address, schema: "kith_test", migrations: Promises.migrations)
        }
        try await Task.sleep(for: .milliseconds(500))
        second.cancel()
        await #expect(throws: (any Error).self) { try await second.value }
        _ = try await PostgreSQLStore(cluster.address, schema: "kith_other", migrations: Promises.migrations)
    }

    private func add(_ name: String, to store: PostgreSQLStore) async throws {
        try await store.write { try $0.execute("INSERT INTO thing (name, size) VALUES (?, -1)", [name]) }
    }

    private func added(_ store: PostgreSQLStore) async throws -> Int? {
        try await store.read { try $0.value("SELECT count(*) FROM thing WHERE size = -1") }
    }

    /// Cut again and again, at a commit too, each transaction has its effect once.
    private func survivesCuts(_ store: PostgreSQLStore, _ cluster: PostgreSQLCluster) async throws {
        let client = PostgreSQLClient(try PostgreSQLOptions(cluster.address))
        let done = Atomic(0)
        let knife = Task {
            var (before, cuts) = (0, 0)
            while !Task.isCancelled {
                _ = try await client.withConnection {
                    try await $0.query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'owner'"
                    )
                }
                let now = done.load(ordering: .relaxed)
                cuts = now == before ? cuts + 1 : 1
                before = now
                // However slow the machine is, a transaction has the time that it takes before long.
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...40) * cuts))
            }
        }
        for number in 0..<200 {
            try await add("cut \(number)", to: store)
            done.store(number + 1, ordering: .relaxed)
        }
        knife.cancel()
        _ = await knife.result
        #expect(try await added(store) == 200)
    }

    private func survivesItsServer(_ store: PostgreSQLStore, _ cluster: PostgreSQLCluster) async throws {
        cluster.stop()
        async let adding: Void = add("while away", to: store)
        try await Task.sleep(for: .milliseconds(300))
        try await cluster.start()
        try await adding
        #expect(try await added(store) == 201)
    }
}
