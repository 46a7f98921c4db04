public import GRDB

/// A SQLite file that belongs to this process alone.
///
/// - One connection writes, and transactions take their turns; reads run beside it, each on a consistent snapshot.
/// - A transaction that has returned survives a power cut: the write-ahead log is synced with every commit.
public struct Store: Sendable {
    /// The connections; its readers see only what was committed.
    public let database: DatabasePool

    /// Opens the file, makes it when there is none, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: The file; its folder must exist.
    ///   - migrations: Every step from an empty file to the present form.
    ///   - readers: How many reads may run at the same time.
    public init(path: String, migrations: DatabaseMigrator, readers: Int = 4) throws {
        var configuration = Configuration()
        configuration.maximumReaderCount = readers
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            try Self.prepare(db)
        }
        // A reader that meets a checkpoint waits, but not for long.
        configuration.busyMode = .timeout(2)
        database = try DatabasePool(path: path, configuration: configuration)
        try Self.makeDurable(database, path: path)
        try migrations.migrate(database)
    }

    /// The connections for reading only.
    public var reader: any DatabaseReader { database }

    /// Reads on a consistent snapshot; never waits for a writer.
    public func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try database.read(body)
    }

    /// Writes in one transaction, which is undone when the body throws.
    public func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try database.write(body)
    }

    /// Reads without holding up a thread of the caller's.
    public func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    /// Writes without holding up a thread of the caller's.
    public func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
        try await database.write(body)
    }

    private static func prepare(_ db: Database) throws {
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
        let isReader = db.configuration.readonly
        try db.execute(sql: "PRAGMA cache_size = \(isReader ? -8192 : -65536)")
        if isReader { return }
        // A large batch changes some megabytes: let several of them share the cost of copying pages from the log.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
        try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }

    /// GRDB chooses `synchronous = NORMAL` beside a write-ahead log, which loses the last transactions in a power cut.
    ///
    /// Its choice is made after `prepareDatabase`, so ours comes last, and is read back.
    private static func makeDurable(_ database: DatabasePool, path: String) throws {
        let level = try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard level == 2 else { throw StoreError.notDurable(path: path) }
    }
}

/// Why a store cannot be used.
public enum StoreError: Error, Equatable, CustomStringConvertible {
    case notDurable(path: String)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .notDurable(let path): "The store \(path) would not sync its commits to disk."
        }
    }
}
