import ConnectorKit
import Events
import Store
import Topics

/// A person's deliveries at a destination have turns: none is begun before all older ones have ended. Of a person it knows the identifier
/// that they are for; those for another one of the same person have turns of their own.
///
/// An older one that is tried again later would otherwise put back what a newer one has changed. Whoever has the destination finds
/// out whose turn it is; who takes commands in only numbers them, and so disturbs no transaction of those who deliver.
///
/// `+state` keeps SQLite from looking through all that waits at the destination by another index than that of persons.
extension ConnectorStore {
    /// Takes commands in, behind all that were taken in before.
    static func insert(_ commands: [Command], _ db: any SQLConnection) throws {
        guard !commands.isEmpty else { return }
        let last: Int64? = try db.value(
            """
            INSERT INTO arrival (id, last) VALUES (0, ?)
            ON CONFLICT (id) DO UPDATE SET last = arrival.last + excluded.last RETURNING last
            """,
            [commands.count]
        )
        var place = (last ?? 0) - Int64(commands.count)
        for command in commands {
            place += 1
            try insert(command, at: place, db)
        }
    }

    private static func insert(_ command: Command, at place: Int64, _ db: any SQLConnection) throws {
        try db.execute(
            """
            INSERT INTO delivery (id, destination, command, state, attempts, due, created, person, place)
            VALUES (?, ?, ?, 0, 0, 0, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE
            SET destination = excluded.destination, command = excluded.command, state = 0, due = 0, ended = NULL,
                person = excluded.person, place = excluded.place
            WHERE delivery.state = 3
            """,
            [
                command.id, command.destination, String(decoding: command.encoded, as: UTF8.self),
                command.createdAt.microseconds, command.person, place,
            ]
        )
    }

    /// What a transaction has found that was to begin a delivery.
    private enum Step: Sendable {
        case begun(Delivery)
        case nothing
        /// Those that are due have to wait for their turn, as far as it looked.
        case notYet
    }

    /// Begins the delivery that has been due the longest of those whose turn it is, and notes the attempt; with `due`, also one that
    /// is due later, up to then.
    func begin(for destination: String, at now: Timestamp, due: Timestamp? = nil) async throws -> Delivery? {
        while true {
            switch try await writePatiently({ db in try Self.step(for: destination, at: now, due: due ?? now, db) }) {
            case .begun(let delivery): return delivery
            case .nothing: return nil
            case .notYet: continue
            }
        }
    }

    /// Looks at a thousand persons at most, so that no transaction is long.
    private static func step(
        for destination: String,
        at now: Timestamp,
        due: Timestamp,
        _ db: any SQLConnection
    ) throws -> Step {
        for _ in 0..<1000 {
            let row = try db.row(
                """
                SELECT id, command, attempts, person, place, (SELECT min(older.place) FROM delivery AS older
                    WHERE older.destination = delivery.destination AND older.person = delivery.person
                        AND +older.state < 2) AS oldest
                FROM delivery WHERE destination = ? AND state = 0 AND due <= ? ORDER BY due, created, id LIMIT 1
                """,
                [destination, due.microseconds]
            )
            guard let row else { return .nothing }
            guard try !isPutBack(row, at: destination, db) else { continue }
            return .begun(try begin(row, at: now, db))
        }
        return .notYet
    }

    /// Has this one of a person's deliveries, and all behind it, wait until it is their turn, if it is not this one's.
    ///
    /// Those before it are found by themselves, and need not be gone through for each that comes.
    private static func isPutBack(_ row: SQLRow, at destination: String, _ db: any SQLConnection) throws -> Bool {
        guard let person: String = row["person"], let place: Int64 = row["place"], let oldest: Int64 = row["oldest"],
            oldest < place
        else { return false }
        try db.execute(
            "UPDATE delivery SET state = -1 WHERE destination = ? AND person = ? AND +state = 0 AND place >= ?",
            [destination, person, place]
        )
        return true
    }

    private static func begin(_ found: SQLRow, at now: Timestamp, _ db: any SQLConnection) throws -> Delivery {
        let (id, text): (String, String) = (found["id"], found["command"])
        let before: Int = found["attempts"]
        let attempt = before + 1
        let command = try Command(decoding: Array(text.utf8))
        try db.execute("UPDATE delivery SET state = 1, attempts = ? WHERE id = ?", [attempt, id])
        try db.execute(
            "INSERT INTO attempt (delivery, number, began) VALUES (?, ?, ?)",
            [id, attempt, now.microseconds]
        )
        return Delivery(command: command, attempt: attempt)
    }

    /// When one of a person's deliveries at a destination has ended: it is the turn of the oldest of the others.
    static func release(_ person: String?, at destination: String, _ db: any SQLConnection) throws {
        guard let person else { return }
        try db.execute(
            """
            UPDATE delivery SET state = 0 WHERE state = -1 AND id = (
                SELECT id FROM delivery WHERE destination = ? AND person = ? AND +state < 2 ORDER BY place LIMIT 1)
            """,
            [destination, person]
        )
    }

    /// When a destination is begun with: what was under way is not known to have ended, and is tried again.
    ///
    /// What must not be done twice stays under way, and is returned: whoever begins ends it. It also looks for those whose turn has
    /// come: an older version that has had the destination meanwhile knows nothing of turns.
    @discardableResult
    func resumeDeliveries(
        for destination: String,
        where isRepeatable: @escaping @Sendable (Command) -> Bool = { _ in true }
    ) async throws -> [Delivery] {
        try await writePatiently { db in
            let cutOff = try Self.begun(for: destination, db).filter { !isRepeatable($0.command) }
            try db.execute("UPDATE delivery SET state = 0 WHERE destination = ? AND state = 1", [destination])
            for delivery in cutOff {
                try db.execute("UPDATE delivery SET state = 1 WHERE id = ?", [delivery.command.id])
            }
            try db.execute(
                """
                UPDATE delivery SET state = 0 WHERE destination = ?1 AND state = -1 AND NOT EXISTS (
                    SELECT 1 FROM delivery AS older WHERE older.destination = ?1 AND older.person = delivery.person
                        AND +older.state < 2 AND older.place < delivery.place)
                """,
                [destination]
            )
            return cutOff
        }
    }

    /// Those that are under way, as far as is known.
    private static func begun(for destination: String, _ db: any SQLConnection) throws -> [Delivery] {
        let rows = try db.rows(
            "SELECT command, attempts FROM delivery WHERE destination = ? AND state = 1",
            [destination]
        )
        return try rows.map { row in
            let text: String = row["command"]
            return Delivery(command: try Command(decoding: Array(text.utf8)), attempt: row["attempts"])
        }
    }
}

extension Command {
    /// Whom it is for, as far as it takes to know the next one for the same person: a short text, which is no address.
    var person: String { EventDraft.id(of: [recordKey]) }
}
