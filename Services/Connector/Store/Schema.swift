import Store

/// The store's tables; times are microseconds since 1970.
///
/// This store cannot go back to a backup without the log: after a step that is not compatible there is no other way back.
enum Schema {
    static let migrations = [
        SQLMigration("first", first), SQLMigration("vault", vault),
        SQLMigration("pause", "ALTER TABLE source ADD COLUMN paused INTEGER NOT NULL DEFAULT 0"),
        SQLMigration("record", record), SQLMigration("sharing", sharing),
        SQLMigration("ended", "CREATE INDEX delivery_ended ON delivery (ended)"),
        SQLMigration("turns", turns),
    ]

    private static let turns = """
        -- state: also -1, waits until older ones of its person have ended; `place` tells which are older. Ended ones, and those
        -- that are older than these columns, are nobody's.
        ALTER TABLE delivery ADD COLUMN person TEXT;
        ALTER TABLE delivery ADD COLUMN place INTEGER;
        CREATE INDEX delivery_turn ON delivery (destination, person, place) WHERE person IS NOT NULL;
        -- Finds the next one among a million that are due without sorting them.
        CREATE INDEX delivery_next ON delivery (destination, state, due, created, id);
        DROP INDEX delivery_due;
        -- The place that was given last.
        CREATE TABLE arrival (id INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
        """

    private static let sharing = """
        -- Whose it is to publish; empty for a connector that has the store for itself.
        ALTER TABLE outbox ADD COLUMN member TEXT NOT NULL DEFAULT '';
        CREATE INDEX outbox_member ON outbox (member, id);
        ALTER TABLE intent ADD COLUMN member TEXT NOT NULL DEFAULT '';
        -- How often somebody wanted the source to be read at once.
        ALTER TABLE source ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
        -- What each source is doing, as the member tells that reads it.
        CREATE TABLE source_status (
            name TEXT PRIMARY KEY, state TEXT NOT NULL, error TEXT, done INTEGER, total INTEGER
        ) STRICT;
        """

    private static let record = """
        -- The records that a source was last read to hold; `key` tells one from the others of its stream.
        CREATE TABLE record (
            source TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (source, stream, key)
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE intent ADD COLUMN notes TEXT;
        """

    private static let vault = """
        -- Secrets that change, such as refresh tokens.
        CREATE TABLE vault (
            connector TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (connector, name)
        ) STRICT;
        """

    private static let first = """
        -- How far each source has been read.
        CREATE TABLE source (
            name TEXT PRIMARY KEY, state TEXT, records INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
            succeeded INTEGER
        ) STRICT;
        -- Requests that were taken, so that a repeated one is not taken again.
        CREATE TABLE received (source TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (source, id)) STRICT;
        CREATE INDEX received_time ON received (time);
        -- The append under way: after a crash the log's last sequence tells whether it took place, and its effects follow.
        CREATE TABLE intent (
            topic TEXT NOT NULL, sequence INTEGER NOT NULL, source TEXT, state TEXT, records INTEGER NOT NULL,
            rejected INTEGER NOT NULL, request TEXT, time INTEGER NOT NULL, outbox INTEGER
        ) STRICT;
        -- How far each partition of commands has been read.
        CREATE TABLE position (partition TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
        -- state: 0 waits, 1 under way, 2 delivered, 3 failed.
        CREATE TABLE delivery (
            id TEXT PRIMARY KEY, destination TEXT NOT NULL, command TEXT, state INTEGER NOT NULL, attempts INTEGER NOT NULL,
            due INTEGER NOT NULL, created INTEGER NOT NULL, ended INTEGER, detail TEXT
        ) STRICT;
        CREATE INDEX delivery_due ON delivery (destination, state, due);
        CREATE TABLE attempt (
            delivery TEXT NOT NULL, number INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, outcome TEXT, detail TEXT,
            PRIMARY KEY (delivery, number)
        ) STRICT;
        -- What a transaction wanted to publish.
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            time INTEGER NOT NULL
        ) STRICT;
        -- Files to import once.
        CREATE TABLE import (
            id TEXT PRIMARY KEY, entry TEXT NOT NULL, state TEXT NOT NULL, error TEXT, created INTEGER NOT NULL, ended INTEGER
        ) STRICT;
        """
}
