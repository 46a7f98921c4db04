import ConnectorKit
import Events
import Membership
import MessageLog
import Store

extension ConnectorStore {
    /// Notes, before an append, what follows from it.
    func note(_ effects: Effects, topic: String, sequence: UInt64) async throws {
        let member = member
        try await writePatiently { [self] db in
            let source = try effects.source.map { try current($0, db) }
            try db.execute(
                """
                INSERT INTO intent
                    (topic, sequence, source, state, records, rejected, request, time, outbox, notes, member)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    topic, Int64(sequence), source?.name, source?.state, source?.records ?? 0,
                    source?.rejected ?? 0, source?.request, source?.time.microseconds ?? 0, effects.outbox?.last,
                    source.map { RecordNotes.json($0.notes).text }, member,
                ]
            )
        }
    }

    /// Makes the effects come true, after the append.
    func apply(_ effects: Effects) async throws {
        try await apply(effects, of: member)
    }

    private func apply(_ effects: Effects, of member: String) async throws {
        try await writePatiently { [self] db in
            try apply(effects, of: member, db)
            try db.execute("DELETE FROM intent WHERE member = ?", [member])
        }
    }

    /// After a start: makes the effects of an append come true that took place, and forgets one that did not.
    func recover(lastSequence: (String) async throws -> UInt64) async throws {
        try await recover(member, lastSequence: lastSequence)
    }

    /// The same for a member that is gone.
    func recover(_ member: String, lastSequence: (String) async throws -> UInt64) async throws {
        let intents = try await read { db in
            try db.rows("SELECT * FROM intent WHERE member = ?", [member]).map { Intent($0) }
        }
        for intent in intents {
            let took = try await lastSequence(intent.topic) >= intent.sequence
            try await apply(took ? intent.effects : Effects(), of: member)
        }
    }

    private struct Intent: Sendable {
        let topic: String
        let sequence: UInt64
        let effects: Effects

        init(_ row: SQLRow) {
            topic = row["topic"]
            sequence = UInt64(clamping: row["sequence"] as Int64)
            let outbox = (row["outbox"] as Int64?).map { Effects.OutboxEffect(topic: row["topic"], last: $0) }
            var effects = Effects(outbox: outbox)
            if let name = row["source"] as String? {
                effects.source = Effects.SourceEffect(
                    name: name,
                    state: row["state"],
                    records: row["records"],
                    rejected: row["rejected"],
                    request: row["request"],
                    time: Timestamp(microseconds: row["time"]),
                    notes: (row["notes"] as String?).map(RecordNotes.notes) ?? []
                )
            }
            self.effects = effects
        }
    }

    private func apply(_ effects: Effects, of member: String, _ db: any SQLConnection) throws {
        if let outbox = effects.outbox {
            try db.removeOutboxRows(of: member, to: outbox.topic, through: outbox.last)
        }
        guard let source = try effects.source.map({ try current($0, db) }) else { return }
        try db.execute(
            """
            INSERT INTO source (name, state, records, rejected) VALUES (?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET state = coalesce(excluded.state, source.state),
                records = source.records + excluded.records, rejected = source.rejected + excluded.rejected
            """,
            [source.name, source.state, source.records, source.rejected]
        )
        try Self.remember(source.notes, of: source.name, db)
        guard let request = source.request else { return }
        try Self.receive([request], source.name, at: source.time, db)
    }

    /// Where somebody was forgotten since its run began, or another state was put in its place, without what was to be remembered:
    /// it is read again.
    private func current(_ source: Effects.SourceEffect, _ db: any SQLConnection) throws -> Effects.SourceEffect {
        let isForgotten = source.forgettings.map { $0 != forgettings.number } ?? false
        guard try isForgotten || Self.isReplaced(source, db) else { return source }
        var source = source
        source.state = nil
        source.notes = []
        return source
    }

    private static func isReplaced(_ source: Effects.SourceEffect, _ db: any SQLConnection) throws -> Bool {
        guard let known = source.known else { return false }
        return try db.row(
            "SELECT 1 FROM source WHERE name = ? AND state IS DISTINCT FROM ?",
            [source.name, known.state]
        ) != nil
    }

    /// The oldest records of the outbox by their topics: each delivery that fails leaves one for either of two, and would otherwise
    /// take two appends.
    ///
    /// - At most `limit`, and as many as have so many bytes, but at least one.
    /// - In the order of the topics' names, so that a dead letter is on the log before the event that tells of it.
    func outbox(limit: Int, bytes: Int) async throws -> [OutboxBatch] {
        let member = member
        return try await read { db -> [OutboxBatch] in
            let rows = try db.outboxRows(of: member, limit: limit, bytes: bytes)
            let topics = Dictionary(grouping: rows) { row -> String in row["topic"] }
            return topics.sorted { $0.key < $1.key }.map { Self.batch($0.value, to: $0.key) }
        }
    }

    private static func batch(_ rows: [SQLRow], to topic: String) -> OutboxBatch {
        let last: Int64 = rows.last?["id"] ?? 0
        return OutboxBatch(records: rows.map(record), effect: Effects.OutboxEffect(topic: topic, last: last))
    }

    private static func record(_ row: SQLRow) -> Record {
        let (key, value): (String, String) = (row["key"], row["value"])
        return Record(key: Array(key.utf8), value: Array(value.utf8), timestamp: row["time"])
    }

    static func add(_ records: [OutboxRecord], of member: String, _ db: any SQLConnection) throws {
        for entry in records {
            try db.execute(
                "INSERT INTO outbox (topic, key, value, time, member) VALUES (?, ?, ?, ?, ?)",
                [
                    entry.topic, String(decoding: entry.record.key, as: UTF8.self),
                    String(decoding: entry.record.value, as: UTF8.self), entry.record.timestamp, member,
                ]
            )
        }
    }
}
