import MessageLog
import Store

import struct MessageLog.Record

/// What a committed batch wants on the log: appends that are made after the commit, and only once.
struct Outbox {
    /// One append.
    struct Append: Sendable, Equatable {
        var sequence: UInt64
        var topic: String
        var records: [Record]
    }

    /// The bytes of one append at most, unless a single record has more.
    private static let appendBytes = 4 << 20

    /// The last sequence that was given out.
    private(set) var sequence: UInt64

    /// Starts behind every sequence that the store or the log has seen.
    init(after sequence: UInt64) {
        self.sequence = sequence
    }

    /// Notes records for a topic, and returns the appends to make once the transaction is committed.
    mutating func add(_ records: [Record], to topic: String, in db: any SQLConnection) throws -> [Append] {
        try records.pieces(bytes: Self.appendBytes).map { piece in
            sequence += 1
            if db.dialect == .postgreSQL {
                try db.continueIdentity(of: "outbox", "sequence", after: Int64(clamping: sequence))
            }
            let append = Append(sequence: sequence, topic: topic, records: piece)
            let insert = try BulkStatement("INSERT INTO outbox (sequence, topic, records) VALUES (?, ?, ?)", in: db)
            insert.bind(1, Int64(clamping: sequence))
            insert.bind(2, topic)
            try OutboxCoding.encode(piece).withUnsafeBytes { bytes in
                insert.bind(3, lent: bytes)
                try insert.run()
            }
            return append
        }
    }

    /// The first append that is noted behind a sequence.
    static func next(after sequence: UInt64, in db: any SQLConnection) throws -> Append? {
        let query = try BulkStatement(
            "SELECT sequence, topic, records FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT 1",
            in: db
        )
        query.bind(1, Int64(clamping: sequence))
        defer { query.reset() }
        guard try query.step() else { return nil }
        guard let records = OutboxCoding.decode(query.bytes(2)) else {
            throw PipelineError.damagedStore("The outbox cannot be read.")
        }
        return Append(sequence: UInt64(clamping: query.integer(0)), topic: query.text(1), records: records)
    }

    /// The greatest sequence that was ever noted.
    static func lastSequence(in db: any SQLConnection) throws -> UInt64 {
        UInt64(clamping: try db.lastIdentity(of: "outbox", "sequence"))
    }

    /// Forgets what the log has.
    static func remove(upTo sequence: UInt64, in db: any SQLConnection) throws {
        let delete = try BulkStatement("DELETE FROM outbox WHERE sequence <= ?", in: db)
        delete.bind(1, Int64(clamping: sequence))
        try delete.run()
    }
}
