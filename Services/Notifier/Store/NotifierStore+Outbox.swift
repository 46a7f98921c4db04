import Membership
import Store

extension NotifierStore {
    /// Those of the oldest records that go to the same topic as the first, or `nil` when nothing waits.
    ///
    /// At most `limit`, and as many as have 4 MiB, but at least one.
    func nextBatch(limit: Int) async throws -> OutboxBatch? {
        let member = member
        return try await read { db -> OutboxBatch? in
            let found = try db.outboxRows(of: member, limit: limit, bytes: 4 << 20)
            let rows = found.filter { $0.value(1) == found[0].value(1) }
            guard let last = rows.last else { return nil }
            var batch = OutboxBatch(topic: last["topic"], sequence: UInt64(clamping: last["id"] as Int64))
            for row in rows { batch.add(key: row["key"], value: row["value"], time: row["time"]) }
            return batch
        }
    }

    /// How many records wait, whoever publishes them.
    func waiting() async throws -> Int {
        try await read { db in try db.value("SELECT count(*) FROM outbox") ?? 0 }
    }

    /// Forgets what is on the log, up to this sequence.
    func published(_ topic: String, through sequence: UInt64) async throws {
        let member = member
        try await writePatiently { db in
            try db.removeOutboxRows(of: member, to: topic, through: Int64(clamping: sequence))
        }
    }

    /// Makes every id that is given from now on larger than this sequence.
    ///
    /// A store that was lost and made anew would otherwise give numbers again that the log already has, and what they
    /// stand for would be taken for published.
    func continueIDs(after sequence: UInt64) async throws {
        try await writePatiently { db in try db.continueIdentity(of: "outbox", after: Int64(clamping: sequence)) }
    }
}
