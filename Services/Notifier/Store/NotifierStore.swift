import Events
import Foundation
import GRDB
import MessageLog
import Topics

/// What the notifier remembers: how far it has read, what it has sent, and what is still to be published.
///
/// The file belongs to this process; every transaction survives a power cut.
struct NotifierStore: Sendable {
    private let database: DatabaseQueue

    /// Opens the store, and makes its tables the first time.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.label = "notifier"
        try self.init(database: DatabaseQueue(path: path, configuration: configuration))
    }

    init(database: DatabaseQueue) throws {
        self.database = database
        let level = try database.writeWithoutTransaction { db in
            // With a write-ahead log GRDB chooses NORMAL, which loses the last transactions in a power cut.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // What is deleted is overwritten: it may be of somebody who is forgotten.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            return try Int.fetchOne(db, sql: "PRAGMA synchronous")
        }
        guard level == 2 else { throw StoreError.notDurable(level: level ?? -1) }
        try Schema.migrator.migrate(database)
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await database.write(body)
    }

    /// Writes a copy to a file that is not there yet.
    func copy(to path: String) throws { try database.backup(to: DatabaseQueue(path: path)) }

    /// Empties the write-ahead log into the file, so that nothing of what was overwritten is left.
    func checkpoint() async throws {
        try await database.writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
        }
    }

    // MARK: What was read

    /// How far each partition has been read; a partition that is not named not at all.
    func positions() async throws -> [Partition: Position] {
        try await database.read { db in
            var positions: [Partition: Position] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT partition, epoch, next FROM position") {
                let partition = Partition(topic: Topic.changes, name: row["partition"])
                guard let epoch = LogEpoch(row["epoch"] as String) else { continue }
                positions[partition] = Position(epoch: epoch, next: Offset(clamping: row["next"] as Int64))
            }
            return positions
        }
    }

    /// Those of the keys that have been done.
    func done(among keys: [OnceKey]) async throws -> Set<OnceKey> {
        try await database.read { db in
            let statement = try db.cachedStatement(sql: "SELECT 1 FROM once WHERE key = ?")
            return try Set(keys.filter { try Bool.fetchOne(statement, arguments: [$0.description]) ?? false })
        }
    }

    // MARK: What was done

    /// Takes in a batch: its effects and its position change together, or not at all.
    ///
    /// Throws when another process has read on with the same store; then nothing changes.
    func commit(_ batch: HandledBatch) async throws {
        try await database.write { db in
            try NotifierStore.advance(batch, db)
            for message in batch.messages {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO once (key, time) VALUES (?, ?)",
                    arguments: [message.command.id, batch.time.microseconds]
                )
                // What was not new is not published: somebody else did it.
                guard db.changesCount == 1 else { continue }
                try NotifierStore.add(message.command, to: Topic.commands, at: batch.time, db)
            }
            for letter in batch.deadLetters { try NotifierStore.add(letter, to: Topic.deadLetters, at: batch.time, db) }
        }
    }

    private static func advance(_ batch: HandledBatch, _ db: Database) throws {
        let name = batch.partition.name
        let known = try Row.fetchOne(db, sql: "SELECT epoch, next FROM position WHERE partition = ?", arguments: [name])
        let next = (known?["next"] as Int64?) ?? 0
        guard known == nil || (known?["epoch"] == batch.epoch.description && next == Int64(clamping: batch.from)) else {
            throw StoreError.movedOn(partition: name)
        }
        try db.execute(
            sql: "INSERT OR REPLACE INTO position (partition, epoch, next) VALUES (?, ?, ?)",
            arguments: [name, batch.epoch.description, Int64(clamping: batch.next)]
        )
    }

    private static func add(_ value: some TopicValue, to topic: String, at time: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO outbox (topic, key, value, time) VALUES (?, ?, ?, ?)",
            arguments: [topic, Data(value.recordKey.utf8), Data(value.encoded), time.microseconds]
        )
    }
}
