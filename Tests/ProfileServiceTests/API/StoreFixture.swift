import Events
import FoundationEssentials
import GRDB
import HTTPTypes
import Identity
import MessageLog
import Store
import Topics

@testable import ProfileService

/// Puts people into a store as the pipeline would, without its rules.
struct StoreFixture {
    let db: Database

    /// A word's number in one of the tables of texts that repeat.
    func number(of name: String, in table: String) throws -> Int64 {
        try db.execute(sql: "INSERT OR IGNORE INTO \(table) (name) VALUES (?)", arguments: [name])
        return try Int64.fetchOne(db, sql: "SELECT id FROM \(table) WHERE name = ?", arguments: [name]) ?? 0
    }

    func kind(_ type: String, _ name: String) throws -> Int64 {
        try db.execute(sql: "INSERT OR IGNORE INTO event (type, name) VALUES (?, ?)", arguments: [type, name])
        return try Int64.fetchOne(
            db,
            sql: "SELECT id FROM event WHERE type = ? AND name = ?",
            arguments: [type, name]
        ) ?? 0
    }

    /// Adds an identifier and gives its number.
    func identifier(
        _ identifier: Identifier,
        profile: Int64,
        firstSeen: Timestamp = Bench.now,
        isShared: Bool = false
    ) throws -> Int64 {
        try db.execute(
            sql:
                "INSERT INTO identifier (key, namespace, value, first_seen, profile, shared) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                Bench.lookup.hash(identifier), try number(of: identifier.namespace, in: "namespace"), identifier.value,
                firstSeen.microseconds, profile, isShared,
            ]
        )
        return db.lastInsertedRowID
    }

    /// Adds a profile that the identifiers belong to; the first is its founder.
    @discardableResult
    func profile(
        _ number: Int64,
        _ identifiers: [Identifier],
        traits: [String: JSONValue] = [:],
        name: String = "",
        firstSeen: Timestamp = Bench.now,
        lastSeen: Timestamp = Bench.now,
        events: Int64 = 0,
        isShared: Bool = false
    ) throws -> [Int64] {
        let members = try identifiers.map {
            try identifier($0, profile: number, firstSeen: firstSeen, isShared: isShared)
        }
        let name = NameText.folded(name)
        try db.execute(
            sql: "INSERT INTO profile (id, founder, shared, first_seen, traits, name) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                number, members.first, isShared, firstSeen.microseconds, JSONValue.object(traits).text, name,
            ]
        )
        try db.execute(sql: "INSERT INTO profile_name (rowid, name) VALUES (?, ?)", arguments: [number, name])
        try db.execute(
            sql: "INSERT INTO activity (profile, revision, events, last_seen) VALUES (?, 1, ?, ?)",
            arguments: [number, events, lastSeen.microseconds]
        )
        return members
    }

    func observe(
        _ identifier: Int64,
        _ trait: String,
        _ value: JSONValue,
        at time: Timestamp = Bench.now,
        source: String = "web",
        messageID: String = "m"
    ) throws {
        try db.execute(
            sql:
                "INSERT OR REPLACE INTO observation (identifier, trait, value, time, source, message_id) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                identifier, try number(of: trait, in: "trait"), value.text, time.microseconds,
                try number(of: source, in: "source"), messageID,
            ]
        )
    }

    /// Adds to the log of merges and splits.
    func step(
        batch: Int64,
        _ kind: String,
        _ key: Data,
        former: Data = Data(),
        origins: Data = Data(),
        results: Data = Data(),
        cause: Cause? = nil
    ) throws {
        var (source, messageID, decision) = (Int64?.none, String?.none, String?.none)
        switch cause {
        case .event(let name, let id)?: (source, messageID) = (try number(of: name, in: "source"), id)
        case .decision(let id)?: decision = id
        case nil: break
        }
        try db.execute(
            sql: """
                INSERT INTO merge_log (batch, time, kind, key, former, origins, results, source, message_id, decision)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                batch, Bench.now.microseconds + batch, kind, key, former, origins, results, source, messageID, decision,
            ]
        )
    }

    /// Adds what somebody decided of two identifiers.
    func decide(_ id: String, _ one: Int64, _ other: Int64, _ verdict: Component.Decision.Verdict) throws {
        try db.execute(
            sql: """
                INSERT INTO decision (id, first, other, first_name, other_name, verdict, time, author, reason)
                SELECT ?, i.key, o.key, '', '', ?, ?, 'eve', 'I know them' FROM identifier i, identifier o
                WHERE i.id = ? AND o.id = ?
                """,
            arguments: [id, verdict.rawValue, Bench.now.microseconds, one, other]
        )
    }

    func run(_ id: Int64, from first: Timestamp, to last: Timestamp) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO run VALUES (?, 0, ?, ?)",
            arguments: [id, first.microseconds, last.microseconds]
        )
    }

    func tally(
        _ identifier: Int64,
        _ name: String,
        count: Int,
        first: Timestamp,
        last: Timestamp,
        run: Int64 = 1,
        source: String = "web"
    ) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO tally VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                run, identifier, try kind("track", name), try number(of: source, in: "source"), count,
                first.microseconds, last.microseconds,
            ]
        )
    }

    /// Adds an event that stands on the log at an offset of the lane `ingest`.
    func event(
        _ identifier: Int64,
        _ name: String,
        at time: Timestamp,
        offset: Int64,
        run: Int64 = 1,
        type: String = "track",
        source: String = "web"
    ) throws {
        try db.execute(sql: "INSERT OR IGNORE INTO consumer VALUES (1, 'ingest', '', 0)")
        try db.execute(
            sql: "INSERT INTO timeline VALUES (?, ?, ?, 1, ?, ?, ?, NULL)",
            arguments: [
                run, identifier, time.microseconds, offset, try number(of: source, in: "source"), try kind(type, name),
            ]
        )
    }

    func evidence(
        _ one: Int64,
        _ other: Int64,
        strength: Int64 = 130,
        at time: Timestamp = Bench.now,
        source: String = "web",
        messageID: String = "m",
        rejected: String? = nil
    ) throws {
        try db.execute(
            sql: "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, NULL, NULL, NULL, NULL, NULL)",
            arguments: [
                min(one, other), max(one, other), strength, time.microseconds, try number(of: source, in: "source"),
                messageID, try rejected.map { try number(of: $0, in: "namespace") }, max(one, other), min(one, other),
            ]
        )
    }
}

extension Timestamp {
    /// So many seconds after the bench's now.
    static func after(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: Bench.now.microseconds + seconds * 1_000_000)
    }
}
