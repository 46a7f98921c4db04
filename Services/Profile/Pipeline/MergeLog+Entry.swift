import Events
import Store
import Topics

extension MergeLog {
    /// One line of the log (``Schema/mergeLog``).
    struct Entry {
        var id: Int64
        /// The same for everything that happened together: the id of the first.
        var batch: Int64
        var time: Timestamp
        var kind: Kind
        var key: Key128
        var former: [Key128]
        var origins: [Key128]
        var results: [Key128]
        var cause: Cause?
        /// Whether it is that the decision which is the cause holds no longer.
        var isWithdrawn = false

        /// Of so many profiles it is told what became of those that were in one; each of thousands has a line, with all of them in it.
        static let mostResults = 100

        /// A profile's id and those of others, as far as they are written down.
        static func told(_ own: Key128, among all: [Key128]) -> [Key128] {
            ([own] + all.lazy.filter { $0 != own }.prefix(mostResults - 1)).sorted()
        }

        static func lastID(in db: any SQLConnection) throws -> Int64 {
            try db.lastID(in: "merge_log")
        }

        /// - Parameter source: The number of the source of the event that is the cause.
        func insert(in db: any SQLConnection, source: Int64? = nil) throws {
            let insert = try BulkStatement(
                """
                INSERT INTO merge_log
                    (id, batch, time, kind, key, former, origins, results, source, message_id, decision, withdrawn)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                in: db
            )
            insert.bind(1, id)
            insert.bind(2, batch)
            insert.bind(3, time.microseconds)
            insert.bind(4, kind.rawValue)
            insert.bind(5, key.bytes)
            insert.bind(6, former.flatMap(\.bytes))
            insert.bind(7, origins.flatMap(\.bytes))
            insert.bind(8, results.flatMap(\.bytes))
            for column in Int32(9)...11 { insert.bindNull(column) }
            switch cause {
            case .event(_, let messageID)?:
                if let source { insert.bind(9, source) }
                insert.bind(10, messageID)
            case .decision(let id)?: insert.bind(11, id)
            case nil: break
            }
            insert.bind(12, isWithdrawn ? 1 : 0)
            try insert.add()
        }
    }
}
