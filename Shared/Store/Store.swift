import GRDB
import Glibc

/// A SQLite file that belongs to this process alone.
///
/// - One connection writes, and transactions take their turns; reads run beside it, each on a consistent snapshot.
/// - A transaction that has returned survives a power cut: the write-ahead log is synced with every commit.
public struct Store: Sendable {
    /// What a store is opened for.
    public enum Purpose: Sendable {
        /// To be written and read for as long as the process runs.
        case service
        /// To be made from something that is still there: a power cut may take the last transactions, but leaves a whole store,
        /// and less is kept in memory.
        case construction
    }

    /// The connections; its readers see only what was committed.
    let database: DatabasePool

    private let checkpointer: Checkpointer

    /// Opens the file, makes it when there is none, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: The file; its folder must exist.
    ///   - migrations: Every step from an empty file to the present form.
    ///   - purpose: What it is opened for.
    init(path: String, migrations: [SQLMigration], for purpose: Purpose) throws {
        // What does not fit into memory goes beside the file, and not to a place that may be small or read-only.
        setenv(
            "SQLITE_TMPDIR",
            path.split(separator: "/").count > 1
                ? String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)) : ".",
            0
        )
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            try Self.prepare(db)
        }
        // A reader that meets a checkpoint waits, but not for long.
        configuration.busyMode = .timeout(2)
        database = try Self.pool(path, configuration)
        checkpointer = Checkpointer(path: path)
        database.add(transactionObserver: checkpointer, extent: .databaseLifetime)
        try put(to: purpose)
        let migrator = Self.migrator(migrations)
        let taken = try database.read(migrator.appliedIdentifiers)
        guard SQLMigration.areUsable(taken, by: migrations) else { throw StoreError.newer(store: path) }
        try migrator.migrate(database)
    }

    private static func pool(_ path: String, _ configuration: Configuration) throws -> DatabasePool {
        makePrivate(path)
        do {
            return try DatabasePool(path: path, configuration: configuration)
        } catch let error as DatabaseError where [.SQLITE_CANTOPEN, .SQLITE_NOTADB].contains(error.resultCode) {
            throw StoreError.unusable(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }

    /// Makes the file if it is not there: SQLite would let everybody on the machine read it, and what it puts beside it.
    static func makePrivate(_ path: String) {
        close(Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
    }

    private static func migrator(_ migrations: [SQLMigration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try migration.take(SQLiteConnection(database: $0)) }
        }
        return migrator
    }

    /// Puts the store to another purpose; what is committed before the next transaction of a service survives with that.
    func put(to purpose: Purpose) throws {
        // GRDB chooses NORMAL beside a write-ahead log, after `prepareDatabase`; so ours comes last, and is read back.
        let (level, name) = purpose.synchronous
        let found = try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA cache_size = \(purpose.writerCache)")
            try db.execute(sql: "PRAGMA synchronous = \(name)")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard found == level else { throw StoreError.notDurable(path: database.path) }
    }

    /// Reads on a consistent snapshot; never waits for a writer.
    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try database.read(body)
    }

    /// Writes in one transaction, which is undone when the body throws.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try database.write(body)
    }

    /// Reads on the writer's connection; returns once what the last large transaction has changed is in the file, if the
    /// write-ahead log is long beside it.
    ///
    /// The log begins anew with a transaction that finds all of it copied. That takes the longer the larger the file is, so a log
    /// that is short beside it may go on.
    func prepare(_ body: (Database) throws -> Void) throws {
        let pages = try database.writeWithoutTransaction { db in
            try db.inTransaction(.deferred) {
                try body(db)
                return .commit
            }
            return try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        }
        checkpointer.finish(unlessWithin: min(pages / 16, Self.longLog))
    }

    /// The pages of a write-ahead log that is not to go on, however large the file is.
    private static let longLog = 65536

    /// Reads without holding up a thread of the caller's.
    func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    /// Writes without holding up a thread of the caller's.
    func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.write(body)
    }

    /// Leaves nothing on the disk of what was deleted: not in pages that were rearranged, in a full-text index, or in the write-ahead log.
    ///
    /// The whole file is written anew, which takes twice as much room again meanwhile; nothing is begun where there is less. Waits
    /// for reads that have begun before; new ones go on.
    func wipe(search table: String? = nil) async throws {
        try FreeRoom.check(2 * (try size()), beside: database.path)
        if let table {
            try await database.write { try $0.execute(sql: "INSERT INTO \(table) (\(table)) VALUES ('optimize')") }
        }
        try await database.writeWithoutTransaction { db in
            // A large store does not go into memory.
            try db.execute(sql: "PRAGMA temp_store = FILE")
            try db.execute(sql: "VACUUM")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        while true {
            do {
                _ = try await database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
                return
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// In bytes.
    private func size() throws -> Int {
        try database.read { db in
            try ["page_count", "page_size"].reduce(1) { try $0 * (Int.fetchOne(db, sql: "PRAGMA \($1)") ?? 0) }
        }
    }

    private static func prepare(_ db: Database) throws {
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
        if db.configuration.readonly {
            try db.execute(sql: "PRAGMA cache_size = -8192")
            return
        }
        // What is deleted is gone from the pages as well.
        try db.execute(sql: "PRAGMA secure_delete = ON")
        // Only where the checkpointer does not come to it: a large batch changes a hundred megabytes, and several may come before a pause.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 262144")
        try db.execute(sql: "PRAGMA journal_size_limit = 201326592")
    }
}

extension Store.Purpose {
    /// As SQLite numbers it, and as it calls it.
    fileprivate var synchronous: (level: Int, name: String) {
        switch self {
        case .service: (2, "FULL")
        case .construction: (1, "NORMAL")
        }
    }

    /// In kibibytes, if negative.
    fileprivate var writerCache: Int {
        switch self {
        // With millions of rows each batch changes pages all over the file: what it comes back to is to be here still.
        case .service: -143360
        case .construction: -32768
        }
    }
}

/// Why a store cannot be used.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    case notDurable(path: String)
    /// Its file may not be opened, or is none of SQLite's.
    case unusable(path: String, reason: String)
    /// It cannot be written anew on its disk; both are bytes.
    case noRoom(path: String, needed: Int, free: Int)
    /// Another process has it.
    case inUse(store: String)
    /// Others write it now.
    case outOfTurn(store: String)
    /// What was committed is there no more, as after a crash of the server that had not written it to its disk yet.
    case lostTransactions(store: String)
    /// It is not a file.
    case notCopied
    /// There is something in it already.
    case notEmpty(table: String)
    /// A newer version has changed its form.
    case newer(store: String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .notDurable(let path): "The store \(path) would not sync its commits to disk."
        case .unusable(let path, let reason): "The store \(path) cannot be opened: \(reason)."
        case .noRoom(let path, let needed, let free):
            """
            To leave nothing of what was deleted, \(path) is written anew, for which \(needed >> 20) MiB must be free; there are \
            \(free >> 20) MiB. Make room; it is tried again.
            """
        case .inUse(let store): "Another process uses the store \(store)."
        case .outOfTurn(let store):
            "The store \(store) is written by another process, which has taken this one's place."
        case .lostTransactions(let store):
            "The server has lost what it had taken last into the store \(store), as by a crash."
        case .notCopied: "The store is in PostgreSQL: back it up with pg_dump."
        case .notEmpty(let table):
            """
            The store in PostgreSQL is not empty: its table “\(table)” has rows. If they are of an earlier copy, drop the \
            service's schema and copy again.
            """
        case .newer(let store):
            "The store \(store) has the form of a newer version; restore the backup from before the upgrade."
        }
    }
}
