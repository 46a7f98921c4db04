import Store

/// Who is out of a store, by the ids of the suppressions (``Schema/forgotten``).
enum ForgottenRows {
    static func all(in db: any SQLConnection) throws -> Set<String> {
        Set(try db.all("SELECT suppression FROM forgotten") { $0[0] as String })
    }

    /// Notes that a person is out of the store; whether that is news.
    @discardableResult
    static func note(_ suppression: String, in db: any SQLConnection) throws -> Bool {
        let note = try BulkStatement("INSERT INTO forgotten (suppression) VALUES (?) ON CONFLICT DO NOTHING", in: db)
        note.bind(1, suppression)
        try note.run()
        return try note.changes > 0
    }
}
