import Store

/// The store's tables; times are microseconds since 1970.
enum Schema {
    static let migrations = [SQLMigration("first", first), SQLMigration("outbox member", outboxMember)]

    private static let outboxMember = """
        -- Whose it is to publish; empty for a notifier that has the store for itself.
        ALTER TABLE outbox ADD COLUMN member TEXT NOT NULL DEFAULT '';
        CREATE INDEX outbox_member ON outbox (member, id);
        """

    private static let first = """
        -- How far each partition of changes has been read.
        CREATE TABLE position (partition TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
        -- What was sent: the hash of rule, identifier and event.
        CREATE TABLE once (key TEXT PRIMARY KEY, time INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        -- What a transaction wants to publish. An id is never given twice: it is the append's sequence as well.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
            time INTEGER NOT NULL
        ) STRICT;
        """
}
