import Store

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
    /// A step that was shipped is never edited. Since everything but the secret in ``meta`` follows from the log, a new form
    /// may forget what is there: the events are then taken in anew.
    static let migrations = [
        SQLMigration("3") { db in
            try forget(in: db)
            for statement in tables { try db.define(statement) }
            for statement in search(in: db.dialect) { try db.execute(statement) }
        },
        SQLMigration("4") { db in
            guard db.dialect == .postgreSQL else { return }
            for statement in SearchColumns.quickWords { try db.execute(statement) }
            // They are gone again in a second; to compress them takes longer than to write them.
            try db.execute("ALTER TABLE outbox ALTER COLUMN records SET STORAGE EXTERNAL")
        },
        SQLMigration("5") { db in
            try db.define(total)
            try Totals.begin(in: db)
        },
        SQLMigration("6") { try $0.define(mergeLogWithdrawn) },
        SQLMigration("7", isCompatible: true) { db in
            try db.define(heir)
            try db.define(heirByHeir)
        },
        SQLMigration("8", isCompatible: true) { try FormerNames.fold(in: $0) },
        SQLMigration("9", isCompatible: true) { try $0.define(loginOfLogin) },
    ]

    /// A run is closed with the batch that reaches this.
    static let eventsPerRun: Int64 = 65536

    private static let tables = [
        meta, consumer, outbox, namespace, source, trait, event, identifier, identifierOfProfile, identifierOfDevice,
        evidence, sighting, login, observation, decision, correction, correctionOfKey, run, timeline, tally, duplicate,
        profile, activity, mergeLog, mergeLogByKey, forgotten,
    ]

    /// Removes every table but ``meta``.
    private static func forget(in db: any SQLConnection) throws {
        let kept = ["meta", "grdb_migrations", "kith_migration", "kith_commit"]
        // What an index for search is made of goes with it.
        for name in try db.tables() where !kept.contains(name) && !name.hasPrefix("\(searchTable)_") {
            try db.execute("DROP TABLE \(name)")
        }
    }

    // MARK: - The consumer's own

    /// What there is one of: `secret` (32 bytes, the key of the hashes that identifiers are known by outside).
    static let meta = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"

    /// How far each partition of `events` has been taken in; `id` stands for the partition in ``timeline``.
    ///
    /// `offset` is the next one to read; `epoch` is the 32 hexadecimal digits of the partition's life.
    static let consumer = """
        CREATE TABLE consumer (
            id INTEGER PRIMARY KEY, partition TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, "offset" INTEGER NOT NULL)
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

    /// The suppressions whose persons are out of this store.
    static let forgotten = "CREATE TABLE forgotten (suppression TEXT PRIMARY KEY) WITHOUT ROWID"

    // MARK: - The graph

    /// Every identifier that an event has named.
    ///
    /// - `key`: the first 16 bytes of the keyed hash of namespace and value: its name outside, when it founds a profile,
    ///   and the way to look it up (``ProfileLookup``).
    /// - `first_seen`: the least time of an event that names it.
    /// - `profile`: the profile it belongs to; one that is shared or ambiguous, and a divided device, have a profile of their own.
    /// - `shared`: 1 when too many people have it for it to tell anything; 2 for a device that is divided among those who
    ///   logged in on it; 3 when it would be either, but people said whose it is; 4 for an address of which those who have it
    ///   cannot be one person; otherwise 0 (``NodeState``).
    /// - `device`, `login`: of a part of a divided device, which one, and whose part it is. Its `key` is a hash of both.
    static let identifier = """
        CREATE TABLE identifier (
            id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, namespace INTEGER NOT NULL, value TEXT NOT NULL,
            first_seen INTEGER NOT NULL, profile INTEGER NOT NULL, shared INTEGER NOT NULL DEFAULT 0,
            device INTEGER, login INTEGER)
        """

    static let identifierOfProfile = "CREATE INDEX identifier_profile ON identifier (profile)"

    static let identifierOfDevice = "CREATE INDEX identifier_device ON identifier (device) WHERE device IS NOT NULL"

    /// What says that two identifiers are one person's: the strongest evidence, and of equals the least (time, source, message id).
    ///
    /// Every pair stands twice, so that an identifier's neighbours lie side by side; only the row with
    /// `identifier < other` has the columns after `other`. `rejected` is the namespace whose limit the evidence would have
    /// broken, -1 where somebody's decision stood against it, -2 where the address that it speaks of would have been the second
    /// of people whom no login brings together, null where it was accepted. Evidence of a shared identifier joins nothing and
    /// is never rejected.
    static let evidence = """
        CREATE TABLE evidence (
            identifier INTEGER NOT NULL, other INTEGER NOT NULL, strength INTEGER, time INTEGER, source INTEGER,
            message_id TEXT, rejected INTEGER, PRIMARY KEY (identifier, other)) WITHOUT ROWID
        """

    /// Of the pairs in ``evidence`` that a device is one of, and no login the other: all of it, one row a pair.
    ///
    /// Whose evidence it is depends on who was logged in at its time.
    static let sighting = """
        CREATE TABLE sighting (
            identifier INTEGER NOT NULL, other INTEGER NOT NULL, time INTEGER NOT NULL, source INTEGER NOT NULL,
            message_id TEXT NOT NULL, strength INTEGER NOT NULL,
            PRIMARY KEY (identifier, other, time, source, message_id)) WITHOUT ROWID
        """

    /// From when on a device is whose; `login` is null from a sign-out on.
    ///
    /// Only changes are kept: of logins of the same one after another the first. The others are in ``timeline``.
    static let login = """
        CREATE TABLE login (
            device INTEGER NOT NULL, time INTEGER NOT NULL, login INTEGER, PRIMARY KEY (device, time)) WITHOUT ROWID
        """

    /// Of whoever is forgotten the devices are asked for.
    static let loginOfLogin = "CREATE INDEX login_login ON login (login) WHERE login IS NOT NULL"

    /// The values of each trait seen with an identifier.
    ///
    /// Of a device's traits, and of those with a rule of their own, all of them; of others only the last, by
    /// (time, source's name, message id). `value` is JSON; null is kept, because it clears what was seen earlier. `time` is
    /// negative for a value that only holds while there is no other (``Identity/SeenValue/rank``); its amount is the time.
    static let observation = """
        CREATE TABLE observation (
            identifier INTEGER NOT NULL, trait INTEGER NOT NULL, time INTEGER NOT NULL, source INTEGER NOT NULL,
            message_id TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (identifier, trait, time, source, message_id)) WITHOUT ROWID
        """

    // MARK: - What people decided

    /// Two identifiers that somebody said are together, or apart, and has not taken back (`control` has the whole story).
    ///
    /// `first` and `other` are the keys of the identifiers, which need not have been seen yet, and the names what they are.
    static let decision = """
        CREATE TABLE decision (
            id TEXT PRIMARY KEY, first BLOB NOT NULL, other BLOB NOT NULL, first_name TEXT NOT NULL, other_name TEXT NOT NULL,
            verdict TEXT NOT NULL, time INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID
        """

    /// The value that somebody said a trait of an identifier's person has, and has not taken back; `value` is JSON.
    ///
    /// `key` is that of the identifier, which need not have been seen yet, and `name` what it is.
    static let correction = """
        CREATE TABLE correction (
            id TEXT PRIMARY KEY, key BLOB NOT NULL, name TEXT NOT NULL, trait TEXT NOT NULL, value TEXT NOT NULL,
            time INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID
        """

    static let correctionOfKey = "CREATE INDEX correction_key ON correction (key)"

    // MARK: - What grows with every event

    /// The runs of ``timeline`` and ``tally``: how many events each holds, and the least and greatest event time in it.
    static let run = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY, events INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)
        """

    /// Every event, with its anchor: the strongest identifier in it that is not shared, or the weakest if all are; of a divided
    /// device, the part whose turn it was.
    ///
    /// The body is on the log, at `partition` (``consumer``) and `offset`. `event` is the kind and name (``event``).
    /// `names` holds all identifiers of the event, strongest first, each 8 bytes, most significant first; null if the anchor
    /// is the only one. By them an event finds its place anew when it turns out that one is shared, or is no longer.
    static let timeline = """
        CREATE TABLE timeline (
            run INTEGER NOT NULL, identifier INTEGER NOT NULL, time INTEGER NOT NULL, partition INTEGER NOT NULL,
            "offset" INTEGER NOT NULL, source INTEGER NOT NULL, event INTEGER NOT NULL, names BLOB,
            PRIMARY KEY (run, identifier, time, partition, "offset")) WITHOUT ROWID
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
    /// it was received, and then the six days before and after are asked as well. The rest tells of the copy that counts: when it
    /// was received, a hash of its content, and where on the log it is.
    static let duplicate = """
        CREATE TABLE duplicate (
            bucket INTEGER NOT NULL, key BLOB NOT NULL, received INTEGER NOT NULL, hash INTEGER NOT NULL,
            partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID
        """

    // MARK: - Derived from the above, for search and listing

    /// How many `identifiers` there are, and `profiles` that are not shared: counted as they come and go (``Totals``).
    static let total = "CREATE TABLE total (name TEXT PRIMARY KEY, amount INTEGER NOT NULL) WITHOUT ROWID"

    /// A profile as its identifiers make it; written again only when they or their traits change.
    ///
    /// - `founder`: the identifier whose `key` is the profile's public id.
    /// - `shared`: 1 for the profile of a shared identifier, which is nobody's: lists and counts leave it out.
    /// - `plain`: 1 when every evidence of its members joins them to each other, so that nothing was rejected, nor could be in another order.
    /// - `first_seen`: the founder's.
    /// - `traits`: a JSON object, each trait with its last value over all members; keys sorted.
    /// - `name`: the person's names as text for search, folded as `NameText` says, empty if none are known.
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

    /// The name of SQLite's full-text index.
    static let searchTable = "profile_name"

    /// Full-text search over `profile.name`: in SQLite by a table of its own, whose `rowid` is the profile's id; in PostgreSQL
    /// by ``SearchColumns``.
    private static func search(in dialect: SQLDialect) -> [String] {
        switch dialect {
        case .sqlite:
            [
                """
                CREATE VIRTUAL TABLE profile_name USING fts5 (
                    name, content = 'profile', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2')
                """
            ]
        case .postgreSQL: SearchColumns.postgreSQL
        }
    }

    /// The merges, splits and renamings of profiles, in the order they were found: a row for each profile that is there after.
    ///
    /// - `batch`: the first row of those that were found together.
    /// - `time`: when they were found; `kind`: `merged`, `split` or `renamed` (``MergeLog``).
    /// - `key`: the profile's public id after, 16 bytes.
    /// - `former`: the public ids that lead to it from now on, behind one another.
    /// - `origins`: the public ids, before, of all profiles that its identifiers were in; `results`: those, after, of all
    ///   profiles that the identifiers of these are in, or a hundred of them.
    /// - `source`, `message_id`: the event that caused it, or `decision`, if it is known (see also ``mergeLogWithdrawn``).
    static let mergeLog = """
        CREATE TABLE merge_log (
            id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL,
            former BLOB NOT NULL, origins BLOB NOT NULL, results BLOB NOT NULL, source INTEGER, message_id TEXT,
            decision TEXT)
        """

    /// `withdrawn`: 1 where the cause is that `decision` holds no longer, rather than that it was made.
    static let mergeLogWithdrawn = "ALTER TABLE merge_log ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0"

    /// What ids lead to that were handed out and are no identifier's any more, since other rules make another one of it, or a device is
    /// no longer divided.
    ///
    /// - `key`: the id, or what may have been one.
    /// - `heir`: the key of an identifier; the id leads to the profile that this is in (``HeirRows``).
    static let heir = "CREATE TABLE heir (key BLOB PRIMARY KEY, heir BLOB NOT NULL) WITHOUT ROWID"

    /// With an identifier goes what led to it.
    static let heirByHeir = "CREATE INDEX heir_heir ON heir (heir)"

    /// Every read of a profile asks for its former ids.
    static let mergeLogByKey = "CREATE INDEX merge_log_key ON merge_log (key)"
}
