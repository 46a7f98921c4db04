import Store

/// Stores in schemas of a PostgreSQL: `kith_profile`, and after a rebuild `kith_profile_2`, `kith_profile_3`.
struct StoreSchemas: StorePlaces {
    /// `postgres://user:password@host:port/database`.
    let address: String
    /// The name of the first one.
    var first = "kith_profile"
    /// By what right they are written.
    var access = StoreAccess.alone
    /// Whether the process is to stop: then nobody waits for the server any more.
    var isStopping: @Sendable () -> Bool = { false }

    func schema(_ number: Int) -> String { number == 1 ? first : "\(first)_\(number)" }

    func open(_ number: Int, for purpose: Store.Purpose) throws -> any BatchStore {
        try PostgreSQLBatchStore(
            address,
            schema: schema(number),
            migrations: Schema.migrations,
            for: purpose,
            as: access,
            until: isStopping
        )
    }

    /// What cannot be removed now is removed at the next start.
    func remove(_ number: Int) {
        try? PostgreSQLSchemas(address, until: isStopping).remove(schema(number), as: access)
    }

    func numbers() throws -> Set<Int> {
        let schemas = try PostgreSQLSchemas(address, until: isStopping)
        return Set(try schemas.names(beginningWith: first).compactMap(number))
    }

    /// The number of the store in a schema of this name.
    func number(of schema: String) -> Int? {
        guard schema.hasPrefix(first) else { return nil }
        let rest = schema.dropFirst(first.count)
        if rest.isEmpty { return 1 }
        guard rest.first == "_", let number = Int(rest.dropFirst()), number > 1 else { return nil }
        return "_\(number)" == rest ? number : nil
    }
}
