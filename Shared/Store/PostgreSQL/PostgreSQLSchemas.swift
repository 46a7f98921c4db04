import PostgreSQL

/// The schemas of a PostgreSQL that stores are in.
public struct PostgreSQLSchemas {
    private let session: PostgreSQLSession
    private let patience: Patience

    /// Connects; waits for a minute for a server that is away, but not once the process is to stop.
    public init(_ address: String, until isStopping: @escaping @Sendable () -> Bool = { false }) throws {
        let options = try PostgreSQLOptions(address, called: PostgreSQLOptions.variable)
        patience = Patience(isStopping: isStopping)
        session = try patience.hold { try PostgreSQLSession(options) }
    }

    /// The names of schemas that begin so.
    public func names(beginningWith prefix: String) throws -> [String] {
        let names = try session.statements.query(
            "SELECT nspname FROM pg_namespace WHERE left(nspname::text, length($1::text)) = $1::text",
            [.text(prefix)]
        )
        return (0..<names.count).compactMap { names.text($0, 0) }
    }

    /// Removes a schema with all that is in it, if it is there.
    ///
    /// - Of several processes that take turns only the one whose turn it is may: another could have made something of it by now.
    /// - Whoever still has some of it, as who makes a dump, is waited for only some seconds.
    public func remove(_ name: String, as access: StoreAccess = .alone) throws {
        switch access {
        case .alone: break
        case .ifFree, .inTurn, .reading: try patience.hold { try session.statements.claim(name, by: access) }
        }
        try session.statements.query("SET lock_timeout = '5s'")
        try session.statements.query("DROP SCHEMA IF EXISTS \(SQLName(name)) CASCADE")
    }
}
