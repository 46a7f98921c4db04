import Events
import MessageLog
import Store
import Topics

/// A delivery that has just begun.
struct Delivery: Sendable, Equatable {
    var command: Command
    /// From 1.
    var attempt: Int
}

/// What became of one attempt.
enum DeliveryEnd: Sendable, Equatable {
    case delivered(detail: String)
    case again(at: Timestamp, reason: String)
    case failed(reason: String)
}

/// How many deliveries a destination has.
struct DeliveryCounts: Sendable, Equatable {
    var pending = 0
    var delivered = 0
    var failed = 0
}

extension ConnectorStore {
    /// Where to go on in a partition of commands; checks that the log is the one that was read before.
    func position(in status: PartitionStatus) async throws -> Offset {
        let name = status.partition.description
        let row = try await read { db in
            try db.row("SELECT epoch, next FROM position WHERE partition = ?", [name])
                .map { (epoch: $0["epoch"] as String, next: $0["next"] as Int64) }
        }
        guard let row else { return status.first }
        guard row.epoch == status.epoch.description else { throw PositionError.otherLog(partition: name) }
        guard UInt64(clamping: row.next) <= status.head else { throw PositionError.aheadOfLog(partition: name) }
        return max(UInt64(clamping: row.next), status.first)
    }

    /// Where to go on in every partition of a topic that was read before.
    func positions(in topic: String) async throws -> [Partition: Offset] {
        try await read { db in
            var places: [Partition: Offset] = [:]
            for row in try db.rows("SELECT partition, next FROM position") {
                guard let partition = Self.partition(row), partition.topic == topic else { continue }
                places[partition] = Offset(clamping: row["next"] as Int64)
            }
            return places
        }
    }

    /// The partitions that were read, each in the life in which it was.
    static func lives(in db: any SQLConnection) throws -> [Partition: LogEpoch] {
        var lives: [Partition: LogEpoch] = [:]
        for row in try db.rows("SELECT partition, epoch FROM position") {
            guard let partition = partition(row), let epoch = LogEpoch(row["epoch"] as String) else { continue }
            lives[partition] = epoch
        }
        return lives
    }

    /// The partition of a row of `position`, which is kept as its description.
    private static func partition(_ row: SQLRow) -> Partition? {
        let names = (row["partition"] as String).split(separator: "/", maxSplits: 1).map(String.init)
        return names.count == 2 ? Partition(topic: names[0], name: names[1]) : nil
    }

    /// Takes commands in and moves on in their partition, in one transaction; a command that is known is passed
    /// over, unless it failed: then it was replayed.
    ///
    /// Those for one identifier at one destination are delivered in the order in which they are taken in; see ``insert(_:_:)``.
    func accept(
        _ commands: [Command],
        publishing records: [OutboxRecord],
        in status: PartitionStatus,
        from: Offset,
        to: Offset
    ) async throws {
        let member = member
        try await write { db in
            try Self.insert(commands, db)
            try Self.add(records, of: member, db)
            try Self.move(status, from: from, to: to, db)
        }
    }

    /// By compare-and-set: somebody who wakes late does not take what another has taken.
    private static func move(_ status: PartitionStatus, from: Offset, to: Offset, _ db: any SQLConnection) throws {
        let (name, epoch) = (status.partition.description, status.epoch.description)
        try db.execute(
            "INSERT INTO position (partition, epoch, next) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [name, epoch, Int64(from)]
        )
        let moved = try db.execute(
            "UPDATE position SET next = ? WHERE partition = ? AND epoch = ? AND next <= ?",
            [Int64(to), name, epoch, Int64(from)]
        )
        guard moved == 1 else { throw PositionError.movedOn(partition: name) }
    }

    /// The destinations of all deliveries that have not ended.
    func waitingDestinations() async throws -> Set<String> {
        try await read { db in
            try Set(db.rows("SELECT DISTINCT destination FROM delivery WHERE state < 2").map { $0["destination"] })
        }
    }

    /// Those of some destinations for which deliveries are due; each is one look, however many deliveries have ended.
    func dueDestinations(among names: [String], at now: Timestamp) async throws -> Set<String> {
        try await read { db in
            let sql = "SELECT 1 FROM delivery WHERE destination = ? AND state = 0 AND due <= ? LIMIT 1"
            return try Set(names.filter { try db.row(sql, [$0, now.microseconds]) != nil })
        }
    }

    /// When the next delivery is due; `nil` when none waits.
    func nextDue(for destination: String) async throws -> Timestamp? {
        try await read { db in
            try db.value(
                "SELECT min(due) FROM delivery WHERE destination = ? AND state = 0",
                [destination]
            )
            .map { Timestamp(microseconds: $0) }
        }
    }

    /// Ends an attempt, and keeps what is to be published about it, in one transaction.
    func end(
        _ delivery: Delivery,
        _ end: DeliveryEnd,
        publishing records: [OutboxRecord],
        at now: Timestamp
    ) async throws {
        let member = member
        try await writePatiently { db in
            let id = delivery.command.id
            let noted = try db.execute(
                "UPDATE attempt SET ended = ?, outcome = ?, detail = ? WHERE delivery = ? AND number = ?",
                [now.microseconds, end.word, end.detail, id, delivery.attempt]
            )
            // Forgotten meanwhile: an outcome would tell of the person again.
            guard noted > 0 else { return }
            switch end {
            case .again(let time, _):
                try db.execute(
                    "UPDATE delivery SET state = 0, due = ?, detail = ? WHERE id = ?",
                    [time.microseconds, end.detail, id]
                )
            case .delivered, .failed:
                // The command itself is not needed any more.
                try db.execute(
                    "UPDATE delivery SET state = ?, command = NULL, person = NULL, ended = ?, detail = ? WHERE id = ?",
                    [end.state, now.microseconds, end.detail, id]
                )
                try Self.release(delivery.command.person, at: delivery.command.destination, db)
            }
            try Self.add(records, of: member, db)
        }
    }

    /// Takes an attempt back in which nobody was asked.
    func takeBack(_ delivery: Delivery, until time: Timestamp, reason: String) async throws {
        try await writePatiently { db in
            let id = delivery.command.id
            let noted = try db.execute(
                "DELETE FROM attempt WHERE delivery = ? AND number = ?",
                [id, delivery.attempt]
            )
            // Forgotten meanwhile.
            guard noted > 0 else { return }
            try db.execute(
                "UPDATE delivery SET state = 0, attempts = ?, due = ?, detail = ? WHERE id = ?",
                [delivery.attempt - 1, time.microseconds, reason.storable, id]
            )
        }
    }

    /// How many deliveries each destination has.
    func deliveryCounts() async throws -> [String: DeliveryCounts] {
        try await read { db in
            let rows = try db.rows(
                "SELECT destination, state, count(*) AS count FROM delivery GROUP BY destination, state"
            )
            return rows.reduce(into: [:]) { counts, row in
                let destination: String = row["destination"]
                switch row["state"] as Int {
                case 2: counts[destination, default: .init()].delivered += row["count"] as Int
                case 3: counts[destination, default: .init()].failed += row["count"] as Int
                default: counts[destination, default: .init()].pending += row["count"] as Int
                }
            }
        }
    }

    /// Why the delivery failed that is tried again next, of each destination at which one is.
    func deliveryProblems(of destinations: [String]) async throws -> [String: String] {
        try await read { db in
            var problems: [String: String] = [:]
            for destination in destinations {
                // One that was never tried, or is replayed, is due at 0. Of those under way it is what they failed of before.
                for state in [0, 1] where problems[destination] == nil {
                    problems[destination] = try db.value(
                        """
                        SELECT detail FROM delivery
                        WHERE destination = ? AND state = ? AND due > 0 AND detail IS NOT NULL ORDER BY due LIMIT 1
                        """,
                        [destination, state],
                        as: String.self
                    )
                }
            }
            return problems
        }
    }

    /// Forgets deliveries that ended before a time, and their attempts, so many at once; whether there may be more.
    func forgetDeliveries(before time: Timestamp, limit: Int = 1000) async throws -> Bool {
        try await writePatiently { db in
            let old = try db.rows(
                "SELECT id FROM delivery WHERE ended < ? ORDER BY ended LIMIT ?",
                [time.microseconds, limit]
            )
            for row in old { try Self.drop(row["id"], db) }
            return old.count == limit
        }
    }
}

extension DeliveryEnd {
    fileprivate var word: String {
        switch self {
        case .delivered: "delivered"
        case .again: "retry"
        case .failed: "failed"
        }
    }

    fileprivate var detail: String {
        switch self {
        case .delivered(let text), .again(_, let text), .failed(let text): text.storable
        }
    }

    fileprivate var state: Int {
        if case .delivered = self { 2 } else { 3 }
    }
}
