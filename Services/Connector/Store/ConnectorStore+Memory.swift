import ConnectorKit
import Events
import Store

extension ConnectorStore {
    /// What is remembered of the records of the source of this name.
    func memory(of source: String) -> any SourceMemory { StoredMemory(store: self, source: source) }

    /// Notes what a batch said of its records.
    static func remember(_ notes: [RecordNote], of source: String, _ db: any SQLConnection) throws {
        for note in notes {
            guard let record = note.record else {
                try db.execute(
                    "DELETE FROM record WHERE source = ? AND stream = ? AND key = ?",
                    [source, note.stream, note.key]
                )
                continue
            }
            try db.execute(
                """
                INSERT INTO record (source, stream, key, version, digest) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (source, stream, key) DO UPDATE SET version = excluded.version, digest = excluded.digest
                """,
                [source, note.stream, note.key, record.version, record.digest]
            )
        }
    }

    /// Remembers nothing any more of a source, or of one stream of it.
    static func forgetRecords(of source: String, stream: String?, _ db: any SQLConnection) throws {
        if let stream {
            try db.execute("DELETE FROM record WHERE source = ? AND stream = ?", [source, stream])
        } else {
            try db.execute("DELETE FROM record WHERE source = ?", [source])
        }
    }
}

/// A source's records in the store.
private struct StoredMemory: SourceMemory {
    let store: ConnectorStore
    let source: String

    func records(_ keys: [String], in stream: String) async throws -> [String: RememberedRecord] {
        let source = source
        guard !keys.isEmpty else { return [:] }
        return try await store.read { db in
            let rows = try db.rows(
                """
                SELECT key, version, digest FROM record
                WHERE source = ? AND stream = ? AND key IN (\(SQLDialect.places(keys.count)))
                """,
                [source, stream] + keys
            )
            return rows.reduce(into: [:]) { known, row in
                known[row["key"]] = RememberedRecord(version: row["version"], digest: row["digest"])
            }
        }
    }

    func keys(in stream: String, before version: Int64, behind key: String, limit: Int) async throws -> [String] {
        let source = source
        return try await store.read { db in
            try db.rows(
                """
                SELECT key FROM record WHERE source = ? AND stream = ? AND key > ? AND version < ?
                ORDER BY key LIMIT ?
                """,
                [source, stream, key, version, limit]
            )
            .map { $0["key"] }
        }
    }
}

/// Notes as the store keeps them while an append is under way.
enum RecordNotes {
    static func json(_ notes: [RecordNote]) -> JSONValue {
        .array(
            notes.map { note in
                let record = note.record
                return [
                    "stream": .string(note.stream), "key": .string(note.key),
                    "version": record.map { .number(JSONNumber($0.version)) } ?? .null,
                    "digest": record.map { .string($0.digest) } ?? .null,
                ]
            }
        )
    }

    static func notes(_ text: String) -> [RecordNote] {
        let limits = JSONLimits(nodes: 10_000_000)
        guard let list = try? JSONDocument(Array(text.utf8), limits: limits).root else { return [] }
        return list.elements.compactMap { item in
            guard let stream = item["stream"]?.string, let key = item["key"]?.string else { return nil }
            let version = item["version"]?.int64
            let record = version.flatMap { version in
                item["digest"]?.string.map { RememberedRecord(version: version, digest: $0) }
            }
            return RecordNote(stream: stream, key: key, record: record)
        }
    }
}
