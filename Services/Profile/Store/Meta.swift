import Store

/// What there is one of in a store, by name.
enum Meta {
    /// Is there while what was deleted may still be found on the disk.
    static let wipe = "wipe"
    /// The last number that was given to an identifier by when somebody was last forgotten: events that the log has no more may still
    /// name what is gone by its number, which is to be nobody else's.
    static let lastIdentifier = "last_identifier"
    /// The greatest revision of the profiles of the stores before this one.
    static let precedent = "precedent"

    static func bytes(_ name: String, in db: any SQLConnection) throws -> [UInt8]? {
        let query = try BulkStatement("SELECT value FROM meta WHERE name = ?", in: db)
        query.bind(1, name)
        defer { query.reset() }
        return try query.step() ? query.bytes(0) : nil
    }

    static func text(_ name: String, in db: any SQLConnection) throws -> String? {
        try bytes(name, in: db).map { String(decoding: $0, as: UTF8.self) }
    }

    static func set(_ name: String, _ bytes: [UInt8], in db: any SQLConnection) throws {
        let replace = try BulkStatement(
            "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            in: db
        )
        replace.bind(1, name)
        replace.bind(2, bytes)
        try replace.run()
    }

    static func set(_ name: String, _ text: String, in db: any SQLConnection) throws {
        try set(name, Array(text.utf8), in: db)
    }

    static func remove(_ name: String, in db: any SQLConnection) throws {
        let delete = try BulkStatement("DELETE FROM meta WHERE name = ?", in: db)
        delete.bind(1, name)
        try delete.run()
    }
}
