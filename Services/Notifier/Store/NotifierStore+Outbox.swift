import Foundation
import GRDB

extension NotifierStore {
    /// The oldest records that go to the same topic, or `nil` when nothing waits.
    func nextBatch(limit: Int) async throws -> OutboxBatch? {
        try await read { db -> OutboxBatch? in
            let rows = try Row.fetchAll(
                db,
                sql: "SELECT id, topic, key, value, time FROM outbox ORDER BY id LIMIT ?",
                arguments: [limit]
            )
            guard let topic = rows.first?["topic"] as String? else { return nil }
            let same = rows.prefix { $0["topic"] == topic }
            var batch = OutboxBatch(topic: topic, sequence: UInt64(clamping: (same.last?["id"] as Int64?) ?? 0))
            for row in same {
                batch.add(key: [UInt8](row["key"] as Data), value: [UInt8](row["value"] as Data), time: row["time"])
            }
            return batch
        }
    }

    /// How many records wait.
    func waiting() async throws -> Int {
        try await read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox") ?? 0 }
    }

    /// Forgets what is on the log, up to this sequence.
    func published(_ topic: String, through sequence: UInt64) async throws {
        try await write { db in
            try db.execute(
                sql: "DELETE FROM outbox WHERE topic = ? AND id <= ?",
                arguments: [topic, Int64(clamping: sequence)]
            )
        }
    }

    /// Makes every id that is given from now on larger than this sequence.
    ///
    /// A store that was lost and made anew would otherwise give numbers again that the log already has, and what they
    /// stand for would be taken for published.
    func continueIDs(after sequence: UInt64) async throws {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO sqlite_sequence (name, seq)
                    SELECT 'outbox', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'outbox')
                    """
            )
            try db.execute(
                sql: "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'outbox'",
                arguments: [Int64(clamping: sequence)]
            )
        }
    }
}
