import PostgreSQL

extension SQLConnection {
    /// Makes the schema of a store, with the note of its steps, if it is not there.
    func makeSchema(_ schema: String) throws {
        if try row("SELECT 1 FROM pg_namespace WHERE nspname = ?", [schema]) == nil {
            try execute("CREATE SCHEMA \(SQLName(schema))")
        }
        try execute("CREATE TABLE IF NOT EXISTS kith_migration (name TEXT PRIMARY KEY)")
    }

    /// Takes a step, if it was not taken yet.
    func take(_ migration: SQLMigration) throws {
        guard try row("SELECT 1 FROM kith_migration WHERE name = ?", [migration.name]) == nil else { return }
        try migration.take(self)
        try execute("INSERT INTO kith_migration VALUES (?)", [migration.name])
    }
}

extension PostgreSQLStatements {
    /// Whether nobody else has the store of a schema; from now on this connection has it.
    func claim(_ schema: String) throws -> Bool {
        try query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", [.text(schema)]).text(0, 0) == "t"
    }

    /// What became of a transaction; its server process may still be at it.
    func hasCommitted(_ number: String) throws -> Bool {
        let status = try query("SELECT pg_xact_status($1::text::xid8)", [.text(number)]).text(0, 0)
        guard status != "in progress" else {
            throw PostgreSQLError(.broken, "A transaction is not over yet.", isConnectionLost: true)
        }
        return status == "committed"
    }

    /// Rewrites every table.
    func wipe() throws {
        let tables = try query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
        for row in 0..<tables.count { try query("VACUUM FULL \(tables.text(row, 0) ?? "")") }
    }
}
