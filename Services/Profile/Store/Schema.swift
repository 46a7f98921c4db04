import GRDB

/// The profile store's tables, as migrations that only go forward.
///
/// What holds for all of them:
/// - Facts attach to identifiers. A merge or a split changes `identifier.profile` and the two tables that are derived from
///   it, ``profile`` and ``activity``; no event, observation or evidence moves.
/// - Times are microseconds since 1970 UTC.
/// - Texts that repeat (namespaces, sources, traits, event names) stand once in a table of their own.
/// - What grows with every event is kept in *runs* of about ``eventsPerRun`` events: a batch then touches few pages, however
///   much there is already. A reader asks each run, the newest first.
enum Schema {
    /// Every step from an empty file to the present form.
    ///
    /// A step that was shipped is never edited.
    static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            for statement in version1 { try db.execute(sql: statement) }
        }
        return migrator
    }

    /// A run is closed with the batch that reaches this.
    static let eventsPerRun: Int64 = 65536

    private static let version1 = [
        meta, consumer, outbox, namespace, source, trait, event, identifier, identifierOfProfile, evidence, observation,
        run,
        timeline, tally, duplicate, profile, activity, profileName, mergeLog, mergeLogByKey,
    ]

    // MARK: - The consumer's own

    /// What there is one of: `secret` (32 bytes, the key of the hashes that identifiers are known by outside).
    static let meta = "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"

    /// How far each partition of `events` has been taken in; `id` stands for the partition in ``timeline``.
    ///
    /// `offset` is the next one to read; `epoch` is the 32 hexadecimal digits of the partition's life.
    static let consumer = """
        CREATE TABLE consumer (
            id INTEGER PRIMARY KEY, partition TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, offset INTEGER NOT NULL)
        """

    /// What a committed batch still has to put on the log; a row goes once the log has it.
    ///
    /// `sequence` grows strictly, is never used again, and makes the append idempotent. `records` is one log record after
    /// another (``OutboxCoding``).
    static let outbox = """
        CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, records BLOB NOT NULL)
        """

    // MARK: - Texts that repeat

    /// Namespaces of identifiers, such as `email`.
    static let namespace = "CREATE TABLE namespace (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"

    /// Sources of events.
    static let source = "CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"

    /// Names of traits.
    static let trait = "CREATE TABLE trait (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"

    /// Kinds of events: the call (`track`, `page`, …) and its name, which is empty for a call that has none.
    static let event = """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (type, name))
        """

    // MARK: - The graph

    /// Every identifier that an event has named.
    ///
    /// - `key`: the first 16 bytes of the keyed hash of namespace and value: its name outside, when it founds a profile,
    ///   and the way to look it up (``ProfileReader``).
    /// - `first_seen`: the least time of an event that names it.
    /// - `profile`: the profile it belongs to; a shared one has a profile of its own.
    /// - `shared`: 1 when too many people have it for it to tell anything (it stays so).
    static let identifier = """
        CREATE TABLE identifier (
            id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, namespace INTEGER NOT NULL, value TEXT NOT NULL,
            first_seen INTEGER NOT NULL, profile INTEGER NOT NULL, shared INTEGER NOT NULL DEFAULT 0)
        """

    static let identifierOfProfile = "CREATE INDEX identifier_profile ON identifier (profile)"

    /// What says that two identifiers are one person's: the strongest evidence, and of equals the least (time, source, message id).
    ///
    /// Every pair stands twice, so that an identifier's neighbours lie side by side; only the row with
    /// `identifier < other` has the columns after `other`. `rejected` is the namespace whose limit the evidence would have
    /// broken, null where it was accepted. Evidence of a shared identifier joins nothing and is never rejected.
    static let evidence = """
        CREATE TABLE evidence (
            identifier INTEGER NOT NULL, other INTEGER NOT NULL, strength INTEGER, time INTEGER, source INTEGER,
            message_id TEXT, rejected INTEGER, PRIMARY KEY (identifier, other)) WITHOUT ROWID
        """

    /// The last value of each trait seen with an identifier, by (time, source's name, message id).
    ///
    /// `value` is JSON; null is kept, because it clears what was seen earlier. `time` is negative for a value that only
    /// holds while there is no other (``Identity/SeenValue/rank``); its amount is the time.
    static let observation = """
        CREATE TABLE observation (
            identifier INTEGER NOT NULL, trait INTEGER NOT NULL, value TEXT NOT NULL, time INTEGER NOT NULL,
            source INTEGER NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (identifier, trait)) WITHOUT ROWID
        """

    // MARK: - What grows with every event

    /// The runs of ``timeline`` and ``tally``: how many events each holds, and the least and greatest event time in it.
    static let run = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY, events INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)
        """

    /// Every event, with its anchor: the strongest identifier in it that is not shared, or the weakest if all are.
    ///
    /// The body is on the log, at `partition` (``consumer``) and `offset`. `event` is the kind and name (``event``).
    /// `others` holds the event's weaker identifiers, strongest first, each 8 bytes, most significant first; null if
    /// there are none. They are what the event is anchored to once the anchor turns out to be shared.
    static let timeline = """
        CREATE TABLE timeline (
            run INTEGER NOT NULL, identifier INTEGER NOT NULL, time INTEGER NOT NULL, partition INTEGER NOT NULL,
            offset INTEGER NOT NULL, source INTEGER NOT NULL, event INTEGER NOT NULL, others BLOB,
            PRIMARY KEY (run, identifier, time, partition, offset)) WITHOUT ROWID
        """

    /// The events of a run, counted by anchor, kind and source; `first` and `last` are event times.
    static let tally = """
        CREATE TABLE tally (
            run INTEGER NOT NULL, identifier INTEGER NOT NULL, event INTEGER NOT NULL, source INTEGER NOT NULL,
            count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
            PRIMARY KEY (run, identifier, event, source)) WITHOUT ROWID
        """

    /// The keyed hash of (source, message id) of every event taken in.
    ///
    /// `bucket` is the hour of the sender's own timestamp, which a retry keeps; or, for an event without one, minus the day
    /// it was received, and then the six days before and after are asked as well.
    static let duplicate = """
        CREATE TABLE duplicate (bucket INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID
        """

    // MARK: - Derived from the above, for search and listing

    /// A profile as its identifiers make it; written again only when they or their traits change.
    ///
    /// - `founder`: the identifier whose `key` is the profile's public id.
    /// - `shared`: 1 for the profile of a shared identifier, which is nobody's: lists and counts leave it out.
    /// - `plain`: 1 when every evidence of its members joins them to each other, so that nothing was rejected.
    /// - `first_seen`: the founder's.
    /// - `traits`: a JSON object, each trait with its last value over all members; keys sorted.
    /// - `name`: the person's names as text for search, empty if none are known.
    static let profile = """
        CREATE TABLE profile (
            id INTEGER PRIMARY KEY, founder INTEGER NOT NULL, shared INTEGER NOT NULL DEFAULT 0,
            plain INTEGER NOT NULL DEFAULT 1, first_seen INTEGER NOT NULL, traits TEXT NOT NULL, name TEXT NOT NULL)
        """

    /// What of a profile changes with every event; small, so that it is cheap to write again.
    static let activity = """
        CREATE TABLE activity (
            profile INTEGER PRIMARY KEY, revision INTEGER NOT NULL, events INTEGER NOT NULL, last_seen INTEGER NOT NULL)
        """

    /// Full-text search over `profile.name`; `rowid` is the profile's id.
    static let profileName = """
        CREATE VIRTUAL TABLE profile_name USING fts5 (
            name, content = 'profile', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2')
        """

    /// The merges, splits and renamings of profiles, in the order they were found.
    ///
    /// `key` is the public id after, `former` the public ids before, 16 bytes each, behind one another.
    static let mergeLog = """
        CREATE TABLE merge_log (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL, former BLOB NOT NULL)
        """

    /// Every read of a profile asks for its former ids.
    static let mergeLogByKey = "CREATE INDEX merge_log_key ON merge_log (key)"
}
