import Events
import Membership
import MessageLog
import Store
import Topics

/// What the notifier remembers: how far it has read, what it has sent, and what is still to be published.
///
/// Every transaction survives a power cut.
struct NotifierStore: Sendable {
    private let store: any SQLStore
    /// Whose outbox this process publishes; see ``Membership``.
    let member: String
    let room: StoreRoom

    init(_ store: any SQLStore, member: String = "", room: StoreRoom = StoreRoom()) {
        self.store = store
        self.member = member
        self.room = room
    }

    /// Opens the store in a file, and makes its tables the first time.
    init(path: String) throws {
        self.init(try SQLiteStore(path: path, migrations: Schema.migrations))
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await store.read(body)
    }

    func write(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await store.write(body)
    }

    /// The same, which waits while there is no room.
    func writePatiently(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await room.awaited { try await store.write(body) }
    }

    /// Leaves nothing on the disk of what was deleted: it may be of somebody who is forgotten.
    func wipe() async throws { try await store.wipe() }

    /// Writes a copy to a file that is not there yet.
    func copy(to path: String) throws { try store.copy(to: path) }

    // MARK: What was read

    /// How far each partition has been read; a partition that is not named not at all.
    func positions() async throws -> [Partition: Position] {
        try await read { try Self.positions(in: $0) }
    }

    /// How far each partition has been read.
    static func positions(in db: any SQLConnection) throws -> [Partition: Position] {
        var positions: [Partition: Position] = [:]
        for row in try db.rows("SELECT partition, epoch, next FROM position") {
            let partition = Partition(topic: Topic.changes, name: row["partition"])
            guard let epoch = LogEpoch(row["epoch"] as String) else { continue }
            positions[partition] = Position(epoch: epoch, next: Offset(clamping: row["next"] as Int64))
        }
        return positions
    }

    /// Those of the keys that have been done.
    func done(among keys: [OnceKey]) async throws -> Set<OnceKey> {
        try await read { db in
            try Set(
                keys.filter { key in try db.row("SELECT 1 FROM once WHERE key = ?", [key.description]) != nil }
            )
        }
    }

    // MARK: What was done

    /// Takes in a batch: its effects and its position change together, or not at all.
    ///
    /// Throws when another process has read on with the same store; then nothing changes.
    func commit(_ batch: HandledBatch) async throws {
        let member = member
        try await write { db in
            try NotifierStore.advance(batch, db)
            for command in batch.commands {
                let added = try db.execute(
                    "INSERT INTO once (key, time) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [command.id, batch.time.microseconds]
                )
                // What was not new is not published: somebody else did it.
                guard added == 1 else { continue }
                try NotifierStore.add(command, to: Topic.commands, of: member, at: batch.time, db)
            }
            for letter in batch.deadLetters {
                try NotifierStore.add(letter, to: Topic.deadLetters, of: member, at: batch.time, db)
            }
        }
    }

    private static func advance(_ batch: HandledBatch, _ db: any SQLConnection) throws {
        let name = batch.partition.name
        let known = try db.row("SELECT epoch, next FROM position WHERE partition = ?", [name])
        let next = (known?["next"] as Int64?) ?? 0
        guard
            known == nil
                || (known?["epoch"] as String? == batch.epoch.description && next == Int64(clamping: batch.from))
        else {
            throw StoreError.movedOn(partition: name)
        }
        try place(Position(epoch: batch.epoch, next: batch.next), of: name, db)
    }

    static func place(_ position: Position, of partition: String, _ db: any SQLConnection) throws {
        try db.execute(
            """
            INSERT INTO position (partition, epoch, next) VALUES (?, ?, ?)
            ON CONFLICT (partition) DO UPDATE SET epoch = excluded.epoch, next = excluded.next
            """,
            [partition, position.epoch.description, Int64(clamping: position.next)]
        )
    }

    private static func add(
        _ value: some TopicValue,
        to topic: String,
        of member: String,
        at time: Timestamp,
        _ db: any SQLConnection
    ) throws {
        try db.execute(
            "INSERT INTO outbox (topic, key, value, time, member) VALUES (?, ?, ?, ?, ?)",
            [topic, Array(value.recordKey.utf8), value.encoded, time.microseconds, member]
        )
    }
}
