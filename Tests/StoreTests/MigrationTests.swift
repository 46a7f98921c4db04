import Foundation
import Store
import TestKit
import Testing

@Suite("A version and the next one on the same store", .serialized)
struct MigrationTests {
    private static let older = [SQLMigration("first", "CREATE TABLE thing (name TEXT PRIMARY KEY) STRICT")]
    private static let newer =
        older + [
            SQLMigration(
                "labels",
                isCompatible: true,
                """
                ALTER TABLE thing ADD COLUMN label TEXT NOT NULL DEFAULT 'none';
                CREATE INDEX thing_label ON thing (label);
                """
            )
        ]
    private static let newest = newer + [SQLMigration("title", "ALTER TABLE thing RENAME COLUMN name TO title")]

    private func add(_ name: String, to store: any SQLStore) async throws {
        try await store.write { try $0.execute("INSERT INTO thing (name) VALUES (?)", [name]) }
    }

    private func label(_ name: String, in store: any SQLStore) async throws {
        try await store.write { try $0.execute("INSERT INTO thing (name, label) VALUES (?, 'own')", [name]) }
    }

    private func names(in store: any SQLStore) async throws -> [String] {
        try await store.read { try $0.rows("SELECT name FROM thing ORDER BY name").map { $0["name"] } }
    }

    private func labels(in store: any SQLStore) async throws -> [String] {
        try await store.read { try $0.rows("SELECT label FROM thing ORDER BY name").map { $0["label"] } }
    }

    @Test("a file of SQLite, by one process after the other")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.sqlite").path
        try await add("a", to: try SQLiteStore(path: path, migrations: Self.older))
        try await label("b", in: try SQLiteStore(path: path, migrations: Self.newer))
        try await add("c", to: try SQLiteStore(path: path, migrations: Self.older))
        #expect(try await names(in: try SQLiteStore(path: path, migrations: Self.older)) == ["a", "b", "c"])
        #expect(try await labels(in: try SQLiteStore(path: path, migrations: Self.newer)) == ["none", "own", "none"])
        _ = try SQLiteStore(path: path, migrations: Self.newest)
        for migrations in [Self.older, Self.newer] {
            #expect(throws: StoreError.newer(store: path)) { try SQLiteStore(path: path, migrations: migrations) }
        }
    }

    @Test("names the file that is no store")
    func noStore() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString).sqlite").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("This is a text, and no database at all.".utf8).write(to: URL(filePath: path))
        #expect(throws: StoreError.unusable(path: path, reason: "file is not a database")) {
            try SQLiteStore(path: path, migrations: Self.older)
        }
    }

    @Test("a schema of PostgreSQL, that both have at once")
    func postgreSQL() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        func open(_ migrations: [SQLMigration]) async throws -> PostgreSQLStore {
            try await PostgreSQLStore(cluster.address, schema: "kith_sides", migrations: migrations, isShared: true)
        }
        let old = try await open(Self.older)
        try await add("a", to: old)
        let new = try await open(Self.newer)
        try await label("b", in: new)
        try await add("c", to: old)
        // The older one has died, and comes back before it is replaced.
        let again = try await open(Self.older)
        try await add("d", to: again)
        try await label("e", in: new)
        for store in [old, again] { #expect(try await names(in: store) == ["a", "b", "c", "d", "e"]) }
        #expect(try await labels(in: new) == ["none", "own", "none", "none", "own"])
        _ = try await open(Self.newest)
        for migrations in [Self.older, Self.newer] {
            await #expect(throws: StoreError.newer(store: "kith_sides")) { try await open(migrations) }
        }
        cluster.stop()
    }
}
