import Foundation
import Store
import TestKit
import Testing

/// What every store that a thread writes has to do alike.
private struct BatchPromises {
    let store: any BatchStore

    static let migrations = [
        SQLMigration(
            "first",
            "CREATE TABLE part (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name TEXT, size INTEGER)"
        )
    ]

    func hold() async throws {
        try values()
        try changes()
        failing()
        try many()
        try together()
        try undoing()
        try pages()
        try last()
        try await others()
        try ahead()
        try store.put(to: .construction)
        try store.put(to: .service)
        try await store.wipe()
        #expect(try size() > 0)
    }

    private func size() throws -> Int64 { try store.read { try $0.size() } }

    private func count(_ condition: String = "1 = 1") throws -> Int {
        try store.read { try $0.value("SELECT count(*) FROM part WHERE \(condition)") ?? -1 }
    }

    private func values() throws {
        let bytes = [UInt8](0...255)
        try store.write { db in
            let insert = try BulkStatement("INSERT INTO part (id, key, name, size) VALUES (?1, ?2, ?3, ?1)", in: db)
            insert.bind(1, Int64.max)
            insert.bind(2, bytes)
            insert.bind(3, "it’s “?” 'quoted' \\ ünï 🎈")
            try insert.run()
            insert.bind(1, 1)
            insert.bindNull(3)
            try [0, 255].withUnsafeBytes { lent in
                insert.bind(2, lent: lent)
                try insert.run()
            }
        }
        try store.read { db in
            let query = try BulkStatement("SELECT id, key, name, size FROM part ORDER BY id DESC", in: db)
            #expect(try query.step())
            #expect(query.integer(0) == .max && query.bytes(1) == bytes && query.integer(3) == .max)
            #expect(query.text(2) == "it’s “?” 'quoted' \\ ünï 🎈" && !query.isNull(2))
            #expect(try query.step())
            #expect(query.integer(0) == 1 && query.isNull(2) && query.text(2).isEmpty)
            #expect(try !query.step())
        }
    }

    private func changes() throws {
        let upsert = "INSERT INTO part (id, key) VALUES (?, ?) ON CONFLICT DO NOTHING"
        let counts = try store.write { db in
            let insert = try BulkStatement(upsert, in: db)
            return try [[7], [7], [8]].map { (key: [UInt8]) in
                insert.bind(1, Int64(key[0]))
                insert.bind(2, key)
                try insert.run()
                return try insert.changes
            }
        }
        #expect(counts == [1, 0, 1])
    }

    /// What went wrong is told by who asks what came of it, and is no change of nothing.
    private func failing() {
        var isPassedOver = false
        #expect(throws: (any Error).self) {
            try store.write { db in
                let insert = try BulkStatement("INSERT INTO part (id, key) VALUES (?, ?)", in: db)
                insert.bind(1, 9)
                insert.bindNull(2)
                try insert.run()
                _ = try insert.changes
                isPassedOver = true
            }
        }
        #expect(!isPassedOver)
    }

    /// One statement for many, and what came of each.
    private func many() throws {
        let ids = Array(Int64(1000)..<7000)
        let fresh = try store.write { db in
            let insert = try BulkStatement(
                """
                INSERT INTO part (id, key, size) VALUES (?1, ?2, (?1 % (7))) ON CONFLICT DO NOTHING
                \(db.dialect.returning("id"))
                """,
                in: db
            )
            return try insert.insertNew(ids + ids, id: { $0 }) { id in
                insert.bind(1, id)
                insert.bind(2, Array("\(id)".utf8))
            }
        }
        #expect(fresh == Set(ids))
        let found = try store.read { db in
            let query = try BulkStatement("SELECT size, name FROM part WHERE id = ?", in: db)
            var found: [Int64: [Int64]] = [:]
            try query.forEach([1000, 5, 1001, 6999] as [Int64]) {
                query.bind(1, $0)
            } _: { id in
                while try query.step() { found[id, default: []].append(query.integer(0)) }
            }
            return found
        }
        #expect(found == [1000: [6], 1001: [0], 6999: [6]])
        let smaller = try store.read { db in
            let query = try BulkStatement("SELECT count(*) FROM part WHERE id >= 1000 AND size < ?", in: db)
            var smaller: [Int64] = []
            // NULL is less than nothing, and a column of several types is asked for in several parts.
            try query.forEach([.real(0.5), .real(6.5), .null, .integer(1)] as [SQLValue]) {
                query.bind(1, $0)
            } _: { _ in
                while try query.step() { smaller.append(query.integer(0)) }
            }
            return smaller
        }
        #expect(smaller == [857, 6000, 0, 857])
    }

    /// Executions that are made together, between others whose order counts.
    private func together() throws {
        let rows = try store.write { db in
            let insert = try BulkStatement("INSERT INTO part (id, key, name, size) VALUES (?, ?, ?, ?)", in: db)
            let update = try BulkStatement("UPDATE part SET name = ?2, size = size + ?3 WHERE id = ?1", in: db)
            let upsert = try BulkStatement(
                """
                INSERT INTO part (id, key, size) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET size = part.size + excluded.size
                """,
                in: db
            )
            for id in Int64(8000)..<8005 {
                insert.bind(1, id)
                insert.bind(2, Array("\(id)".utf8))
                if id % 2 == 0 { insert.bind(3, "e’\(id)") } else { insert.bindNull(3) }
                insert.bind(4, id - 8000)
                try insert.add()
            }
            for id in Int64(8001)..<8003 {
                update.bind(1, id)
                update.bindNull(2)
                update.bind(3, 10)
                try update.add()
            }
            for id in Int64(8002)..<8006 {
                upsert.bind(1, id)
                upsert.bind(2, Array("\(id)".utf8))
                upsert.bind(3, 100)
                try upsert.add()
            }
            let delete = try BulkStatement("DELETE FROM part WHERE id = ?", in: db)
            for id in [8000, 8003, 8000] as [Int64] {
                delete.bind(1, id)
                try delete.add()
            }
            insert.bind(1, 8003)
            insert.bind(2, [])
            insert.bind(3, "again")
            insert.bindNull(4)
            try insert.add()
            return try db.rows(
                "SELECT id, name, size, key FROM part WHERE id >= ? AND id < ? ORDER BY id",
                [8000, 9000]
            )
            .map { "\($0[0] as Int64) \($0[1] as String? ?? "-") \($0[2] as Int64? ?? -1) \(($0[3] as [UInt8]).count)" }
        }
        #expect(rows == ["8001 - 11 4", "8002 - 112 4", "8003 again -1 0", "8004 e’8004 104 4", "8005 - 100 4"])
        try store.write { try $0.execute("DELETE FROM part WHERE id >= 8000 AND id < 9000") }
    }

    /// What only the end of the transaction sends.
    private func last() throws {
        let before = try count()
        try store.write { db in
            let delete = try BulkStatement("DELETE FROM part WHERE id = ?", in: db)
            delete.bind(1, 1001)
            try delete.add()
        }
        #expect(try count() == before - 1)
    }

    private func undoing() throws {
        struct Stop: Error {}
        let before = try count()
        #expect(throws: Stop.self) {
            try store.write { db in
                try BulkStatement("INSERT INTO part (id, key) VALUES (99, 'x')", in: db).run()
                throw Stop()
            }
        }
        #expect(throws: (any Error).self) {
            try store.write { db in
                let insert = try BulkStatement("INSERT INTO part (id, key) VALUES (98, ?)", in: db)
                for _ in 0..<2 {
                    insert.bind(1, [98])
                    try insert.run()
                }
                try BulkStatement("DELETE FROM part", in: db).run()
            }
        }
        #expect(try count() == before)
        // A statement that was prepared together with one that failed.
        try store.write { try BulkStatement("DELETE FROM part WHERE id = 8", in: $0).run() }
        #expect(try count() == before - 1)
    }

    private func pages() throws {
        let seen = try store.read { db in
            var seen: [Int64] = []
            try db.each("SELECT id FROM part WHERE id >= ? AND id < 7000 ORDER BY id", [.integer(1000)]) { row in
                seen.append(row[0])
                let same: Int64? = try db.value("SELECT id FROM part WHERE id = ?", [row[0] as Int64])
                #expect(same == row[0])
                return seen.count < 1234
            }
            return seen
        }
        #expect(seen == Array(1000..<2234))
    }

    /// What is looked at before a transaction is as it will be in it, and nothing is left of the look if it fails.
    private func ahead() throws {
        struct Stop: Error {}
        let before = try count()
        var seen = before
        for id in Int64(9000)..<9003 {
            try store.prepare { seen = try $0.value("SELECT count(*) FROM part") ?? -1 }
            #expect(seen == before + (store is SQLiteStore ? Int(id) - 9000 : 0))
            try store.write { try $0.execute("INSERT INTO part (id, key) VALUES (?, ?)", [id, Array("\(id)".utf8)]) }
        }
        try? store.prepare { _ in throw Stop() }
        try store.write { try $0.execute("DELETE FROM part WHERE id >= 9000 AND id < 9003") }
        #expect(try count() == before)
    }

    private func addUnseen(_ before: Int) throws {
        try store.write { db in
            try db.execute("INSERT INTO part (id, key) VALUES (?, ?)", [77, [7, 7] as [UInt8]])
            #expect(try count() == before)
        }
    }

    /// Reads see what was committed, while something is written too.
    private func others() async throws {
        let store = store
        let before = try count()
        try addUnseen(before)
        try await store.write { try $0.execute("DELETE FROM part WHERE id = 77") }
        #expect(try await store.read { try $0.value("SELECT count(*) FROM part", as: Int.self) } == before)
    }
}

@Suite("Stores that a thread writes, whichever the engine", .serialized)
struct BatchStoreTests {
    @Test("a file of SQLite")
    func sqlite() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "batch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.sqlite").path
        try await BatchPromises(store: try SQLiteStore(path: path, migrations: BatchPromises.migrations)).hold()
    }

    @Test("begins SQLite's write-ahead log anew with every transaction that was prepared")
    func shortLog() async throws {
        let lengths = try await logLengths(besides: 0)
        let longest = try #require(lengths.max())
        #expect(longest < 2 * lengths[0], "\(lengths)")
    }

    @Test("lets SQLite's write-ahead log go on for a while where the file is much longer")
    func longFile() async throws {
        let lengths = try await logLengths(besides: 64)
        // A sixteenth of the file, in which they stand twice: in the table and in an index.
        let (longest, room) = (try #require(lengths.max()), 2 * 64 << 20 / 16)
        #expect(longest > 2 * lengths[1], "\(lengths)")
        #expect(longest < room + 4 * lengths[1], "\(lengths)")
    }

    /// How long the log is after each of some large transactions, in bytes, beside so many MiB that do not change.
    private func logLengths(besides megabytes: Int) async throws -> [Int] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "batch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "a.sqlite").path
        let store = try SQLiteStore(path: path, migrations: BatchPromises.migrations)
        try fill(store, megabytes: megabytes)
        // All of it is in the file then.
        try await store.wipe()
        return try (0..<24).map { round in
            try takeIn(round, store)
            let file = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            return try #require(file[.size] as? Int)
        }
    }

    private func fill(_ store: SQLiteStore, megabytes: Int) throws {
        for number in 0..<megabytes {
            let key = [UInt8](repeating: UInt8(number), count: 1 << 20)
            try store.write { try $0.execute("INSERT INTO part (id, key) VALUES (?, ?)", [-Int64(number) - 1, key]) }
        }
    }

    private func takeIn(_ round: Int, _ store: SQLiteStore) throws {
        try store.prepare { _ = try $0.value("SELECT max(id) FROM part", as: Int.self) }
        try store.write { db in
            let upsert = try BulkStatement(
                "INSERT INTO part (id, key, name) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?3",
                in: db
            )
            for id in Int64(0)..<10_000 {
                upsert.bind(1, id)
                upsert.bind(2, Array("\(id)".utf8))
                upsert.bind(3, String(repeating: "\(round % 10)", count: 200))
                try upsert.add()
            }
        }
    }

    @Test("a schema of PostgreSQL, whose server is killed")
    func postgreSQL() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let store = try open(cluster)
        try await BatchPromises(store: store).hold()
        cluster.stop()
        async let adding: Void = add(to: store)
        try await Task.sleep(for: .milliseconds(300))
        try await cluster.start()
        try await adding
        #expect(
            try await store.read { try $0.value("SELECT name FROM part WHERE id = 500", as: String.self) } == "late"
        )
        cluster.stop()
        try await cluster.start()
        // It does not stay with a connection that is broken.
        try store.put(to: .construction)
    }

    private func open(_ cluster: PostgreSQLCluster) throws -> PostgreSQLBatchStore {
        try PostgreSQLBatchStore(cluster.address, schema: "kith_batch", migrations: BatchPromises.migrations)
    }

    private func add(to store: PostgreSQLBatchStore) async throws {
        try await store.write { db in
            try db.execute("INSERT INTO part (id, key, name) VALUES (?, ?, ?)", [500, [5] as [UInt8], "late"])
        }
    }
}
