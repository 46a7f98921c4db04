import GRDB
import Glibc

/// Moves what a store in a file remembers to a PostgreSQL that remembers nothing yet.
public enum StoreCopy {
    /// Copies a store from its file, which must be there, to a schema; see ``run(from:to:telling:)``.
    public static func run(
        file: String,
        to address: String,
        schema: String,
        migrations: [SQLMigration],
        telling tell: (_ table: String, _ rows: Int) -> Void
    ) throws {
        try check(isThere: file)
        try check(isFree: file)
        try run(
            from: try SQLiteStore(path: file, migrations: migrations),
            to: try PostgreSQLBatchStore(address, schema: schema, migrations: migrations),
            telling: tell
        )
    }

    /// Throws ``StoreError/unusable(path:reason:)`` where a store's file is missing: an empty one would be made, and be copied.
    public static func check(isThere file: String) throws(StoreError) {
        guard access(file, F_OK) == 0 else { throw .unusable(path: file, reason: "it is not there") }
    }

    /// Throws ``StoreError/inUse(store:)`` while another process has a store's file open: what it does from then on would be missing.
    public static func check(isFree file: String) throws {
        guard access(file, F_OK) == 0 else { return }
        var configuration = Configuration()
        // Whoever has a file open has a lock on it beside which there is no such one.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        do {
            _ = try DatabaseQueue(path: file, configuration: configuration).inDatabase { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StoreError.inUse(store: file)
        }
    }

    /// Copies every row in one transaction: afterwards the new store has all of them, or none.
    ///
    /// Throws ``StoreError/notEmpty(table:)`` when the new store has rows already.
    ///
    /// - Parameter tell: Called with the name of each table and how many rows it has, once they are copied.
    public static func run(
        from old: any BatchStore,
        to new: any BatchStore,
        telling tell: (_ table: String, _ rows: Int) -> Void = { _, _ in }
    ) throws {
        try old.read { (old: any SQLConnection) in
            try new.write { (new: any SQLConnection) in
                // What an engine needs for itself, such as its migrations, has a table in one of them only.
                let tables = Set(try old.tables()).intersection(try new.tables()).sorted()
                for table in tables where try new.row("SELECT 1 FROM \(table) LIMIT 1") != nil {
                    throw StoreError.notEmpty(table: table)
                }
                for table in tables { tell(table, try copy(table, from: old, to: new)) }
            }
        }
    }

    private static func copy(
        _ table: String,
        from old: any SQLConnection,
        to new: any SQLConnection
    ) throws -> Int {
        let columns: [String] = try old.all("SELECT name FROM pragma_table_info(?)", [table]) { $0[0] }
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let places = SQLDialect.places(columns.count)
        let insert = try new.bulk("INSERT INTO \(table) (\(names)) VALUES (\(places))")
        var count = 0
        try old.each("SELECT \(names) FROM \(table)", []) { row in
            insert.bind(row.values)
            try insert.run()
            count += 1
            return true
        }
        try continueNumbers(of: table, from: old, to: new)
        return count
    }

    /// Numbers that were given once are not given again.
    private static func continueNumbers(
        of table: String,
        from old: any SQLConnection,
        to new: any SQLConnection
    ) throws {
        let identity: String? = try new.value(
            """
            SELECT column_name::text FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'
            """,
            [table]
        )
        guard let identity else { return }
        let isKept = try old.row("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'") != nil
        let given: Int64? = isKept ? try old.value("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]) : nil
        let greatest: Int64? = try old.value("SELECT max(\"\(identity)\") FROM \(table)")
        guard let last = given ?? greatest else { return }
        try new.continueIdentity(of: table, identity, after: last)
    }
}
