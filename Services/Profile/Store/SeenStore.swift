import Store

/// The store in use, as somebody finds it who does not write.
struct SeenStore: Equatable, Sendable {
    let number: Int
    /// What its ids are made with.
    let secret: [UInt8]
    /// By which rules it was made, as they are written there.
    let rules: String
}

extension StoreSchemas {
    /// Finds the store in use; `nil` when there is none of this version's form yet, or one that was there is just being removed.
    func seen(by tables: any SQLStore) async throws -> SeenStore? {
        do {
            return try await tables.read { try seen(in: $0) }
        } catch  where SQLFailure.isOfSomethingGone(error) {
            return nil
        }
    }

    /// Finds the store in use, from any connection to the database; `nil` when there is none of this version's form yet.
    ///
    /// Throws ``StoreError/newer(store:)`` when it has the form of a newer version already.
    func seen(in db: any SQLConnection) throws -> SeenStore? {
        let names = try db.all("SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, ?)", [first]) { row in
            row[0] as String
        }
        for number in names.compactMap(number).sorted(by: >) {
            if let store = try seen(number, in: db) { return store }
        }
        return nil
    }

    private func seen(_ number: Int, in db: any SQLConnection) throws -> SeenStore? {
        let schema = "\"\(schema(number))\""
        for table in ["kith_migration", "meta"] {
            guard try db.row("SELECT 1 FROM pg_class WHERE oid = to_regclass(?)", ["\(schema).\(table)"]) != nil else {
                return nil
            }
        }
        let taken = try db.all("SELECT name FROM \(schema).kith_migration") { $0[0] as String }
        guard Set(taken).isSuperset(of: Schema.migrations.map(\.name)) else { return nil }
        guard SQLMigration.areUsable(taken, by: Schema.migrations) else {
            throw StoreError.newer(store: self.schema(number))
        }
        let notes = try db.all("SELECT name, value FROM \(schema).meta WHERE name IN ('secret', 'rules', 'rebuild')") {
            ($0[0] as String, $0[1] as [UInt8])
        }
        let values = Dictionary(uniqueKeysWithValues: notes)
        guard let secret = values["secret"], let rules = values["rules"], values["rebuild"] == nil else { return nil }
        return SeenStore(number: number, secret: secret, rules: String(decoding: rules, as: UTF8.self))
    }

    /// Opens a store to read it.
    func view(of seen: SeenStore) async throws -> StoreView {
        let store = try PostgreSQLBatchStore(
            address,
            schema: schema(seen.number),
            migrations: [],
            as: .reading,
            until: isStopping
        )
        guard let rules = try await store.read({ try StoredRules(of: $0) }) else {
            throw PipelineError.damagedStore("It does not say by which rules it was made.")
        }
        let hash = KeyedHash(secret: seen.secret)
        return StoreView(reader: store, lookup: ProfileLookup(rules: rules.rules, hashes: hash), rules: rules)
    }
}
