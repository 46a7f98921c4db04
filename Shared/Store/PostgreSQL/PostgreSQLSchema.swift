import Glibc
import PostgreSQL

extension PostgreSQLOptions {
    /// The environment variable that the address of a store stands in.
    static let variable = "KITH_STORE"

    /// What a store's connections begin with.
    ///
    /// By default a server takes two hours to notice that a client was cut off, and the store would stay locked for so long.
    init(_ address: String, schema: String) throws(PostgreSQLError) {
        try self.init(address, called: Self.variable)
        preparation = [
            "SET search_path = \(SQLName(schema))", "SET TIME ZONE 'UTC'",
            "SET tcp_keepalives_idle = 5", "SET tcp_keepalives_interval = 5", "SET tcp_keepalives_count = 2",
            "SET tcp_user_timeout = 10000",
        ]
    }
}

extension SQLConnection {
    /// Makes the schema of a store, with what is noted beside its tables, if it is not there; refuses one of a newer version.
    func makeSchema(_ schema: String, for migrations: [SQLMigration]) throws {
        if try row("SELECT 1 FROM pg_namespace WHERE nspname = ?", [schema]) == nil {
            try execute("CREATE SCHEMA \(SQLName(schema))")
        }
        try execute("CREATE TABLE IF NOT EXISTS kith_migration (name TEXT PRIMARY KEY)")
        try makeMarks()
        let taken: [String] = try rows("SELECT name FROM kith_migration").map { $0["name"] }
        guard SQLMigration.areUsable(taken, by: migrations) else { throw StoreError.newer(store: schema) }
    }

    /// Takes a step, if it was not taken yet.
    func take(_ migration: SQLMigration) throws {
        guard try row("SELECT 1 FROM kith_migration WHERE name = ?", [migration.name]) == nil else { return }
        try throughWholeTables { try migration.take(self) }
        try execute("INSERT INTO kith_migration (name) VALUES (?)", [migration.name])
    }
}

extension PostgreSQLStatements {
    /// Whether nobody else has the store of a schema, or only those who share it as this one does; from now on this connection has it.
    func claim(_ schema: String, isShared: Bool = false) throws -> Bool {
        let lock = isShared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock"
        return try query("SELECT \(lock)(hashtextextended($1, 0))", [.text(schema)]).text(0, 0) == "t"
    }

    /// Has the store of a schema from now on, by a right to it; throws when somebody else has it.
    ///
    /// Whoever has the claim is the only one who writes, and has it for as long as the connection is there.
    func claim(_ schema: String, by access: StoreAccess) throws {
        switch access {
        case .alone: guard try claim(schema) else { throw StoreError.inUse(store: schema) }
        case .ifFree: guard try claim(schema) else { throw StoreError.outOfTurn(store: schema) }
        case .inTurn(let isOurTurn): try claim(schema, isOurTurn)
        case .reading: throw StoreError.outOfTurn(store: schema)
        }
    }

    private func claim(_ schema: String, _ isOurTurn: (any SQLConnection) throws -> Bool) throws {
        let db = PostgreSQLTransaction(statements: self)
        guard try isOurTurn(db) else { throw StoreError.outOfTurn(store: schema) }
        guard try claim(schema) else {
            try endClaim(of: schema)
            throw StoreError.inUse(store: schema)
        }
        // From here on, one whose turn it is ends this connection first.
        guard try isOurTurn(db) else { throw StoreError.outOfTurn(store: schema) }
    }

    /// Ends the connection that has the store of a schema for itself, whatever it is at.
    func endClaim(of schema: String) throws {
        try query(
            """
            SELECT pg_terminate_backend(l.pid) FROM pg_locks l, hashtextextended($1, 0) AS key
            WHERE l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted AND l.objsubid = 1
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND l.classid::bigint = ((key >> 32) & 4294967295) AND l.objid::bigint = (key & 4294967295)
            """,
            [.text(schema)]
        )
    }

    /// Rewrites every table; throws where that is to be tried again later.
    ///
    /// While this waits for those who read a table, everybody who comes to it waits behind this. So it waits for one turn at a time, lets
    /// them through, and gives up after its patience; and it does not begin beside somebody who has read for as long, as for a dump.
    ///
    /// - Parameter turn: A second where members beat: who waits for two turns, one behind the other, has its leases still.
    func wipe(patience: Duration = .seconds(30), turn: Duration = .seconds(1)) throws {
        let seconds = patience.components.seconds
        let readers = try query(
            """
            SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'relation' AND l.mode = 'AccessShareLock' AND l.granted AND l.pid <> pg_backend_pid()
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
                AND coalesce(a.xact_start < now() - INTERVAL '\(seconds) seconds', true)
            """
        )
        guard readers.count == 0 else {
            throw PostgreSQLError(.statement, state: Self.held, "Somebody reads the tables for long, as for a dump.")
        }
        try outlastTransactions(patience: seconds)
        try query("SET lock_timeout = '\(turn.components.seconds)s'")
        let tables = try query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
        var left = seconds / turn.components.seconds
        for row in 0..<tables.count { try rewrite(tables.text(row, 0) ?? "", &left) }
    }

    /// Waits until no transaction of before is open any more: what was deleted, and one of them may see yet, would be written anew.
    private func outlastTransactions(patience seconds: Int64) throws {
        let now = try query("SELECT (txid_snapshot_xmax(txid_current_snapshot()) & 4294967295)::text").text(0, 0) ?? ""
        // Nothing where there is none, and else whether one is open for longer than that. How long one of another role's is may not be
        // seen: more than a moment is taken for long. Autovacuum, which is of no role, is not waited for.
        let former = """
            SELECT bool_or(coalesce(xact_start < now() - INTERVAL '\(seconds) seconds', $2::text::boolean))
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
                AND greatest(age(backend_xmin), age(backend_xid)) > age($1::text::xid)
            """
        let moment = ContinuousClock.now + .seconds(1)
        while let isLong = try query(former, [.text(now), .text(ContinuousClock.now < moment ? "f" : "t")]).text(0, 0) {
            guard isLong != "t" else {
                throw PostgreSQLError(.statement, state: Self.held, "A transaction may yet see what was deleted.")
            }
            usleep(100_000)
        }
    }

    /// Rewrites a table; whoever reads it is waited for so many times.
    private func rewrite(_ table: String, _ left: inout Int64) throws {
        while true {
            do throws(PostgreSQLError) {
                try query("VACUUM FULL \(table)")
                return
            } catch {
                left -= 1
                guard error.state == Self.held, left > 0 else { throw error }
                usleep(100_000)
            }
        }
    }

    /// What a server says when a lock was not to be had in time.
    private static let held = "55P03"
}
