import Events
import FoundationEssentials
import HTTPTypes
import Identity
import MessageLog
import Store
import Topics

@testable import ProfileService

/// Puts people into a store as the pipeline would, without its rules.
struct StoreFixture {
    let db: any SQLConnection

    /// A word's number in one of the tables of texts that repeat.
    func number(of name: String, in table: String) throws -> Int64 {
        if let known: Int64 = try db.value("SELECT id FROM \(table) WHERE name = ?", [name]) { return known }
        return try made("INSERT INTO \(table) (id, name) SELECT coalesce(max(id), 0) + 1, ? FROM \(table)", [name])
    }

    func kind(_ type: String, _ name: String) throws -> Int64 {
        let known: Int64? = try db.value("SELECT id FROM event WHERE type = ? AND name = ?", [type, name])
        if let known { return known }
        return try made(
            "INSERT INTO event (id, type, name) SELECT coalesce(max(id), 0) + 1, ?, ? FROM event",
            [type, name]
        )
    }

    /// Inserts a row and gives its number.
    private func made(_ statement: String, _ values: [(any SQLConvertible)?]) throws -> Int64 {
        try db.value("\(statement) RETURNING id", values) ?? 0
    }

    /// Adds an identifier and gives its number.
    func identifier(
        _ identifier: Identifier,
        profile: Int64,
        firstSeen: Timestamp = Bench.now,
        isShared: Bool = false
    ) throws -> Int64 {
        try made(
            """
            INSERT INTO identifier (id, key, namespace, value, first_seen, profile, shared)
            SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ? FROM identifier
            """,
            [
                Bench.lookup.hash(identifier), try number(of: identifier.namespace, in: "namespace"), identifier.value,
                firstSeen.microseconds, profile, isShared,
            ]
        )
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
            "INSERT INTO profile (id, founder, shared, first_seen, traits, name) VALUES (?, ?, ?, ?, ?, ?)",
            [
                number, members.first, isShared, firstSeen.microseconds, JSONValue.object(traits).text, name,
            ]
        )
        if db.dialect == .sqlite {
            try db.execute("INSERT INTO profile_name (rowid, name) VALUES (?, ?)", [number, name])
        }
        try db.execute(
            "INSERT INTO activity (profile, revision, events, last_seen) VALUES (?, 1, ?, ?)",
            [number, events, lastSeen.microseconds]
        )
        try Totals(identifiers: Int64(members.count), profiles: isShared ? 0 : 1).add(in: db)
        return members
    }

    /// Adds what is a login's of a device to that one's profile.
    func part(of device: Int64, for login: Int64) throws {
        try db.execute(
            """
            INSERT INTO identifier (id, key, namespace, value, first_seen, profile, device, login)
            SELECT (SELECT max(id) + 1 FROM identifier), ?, d.namespace, d.value, d.first_seen, l.profile, d.id, l.id
            FROM identifier d, identifier l WHERE d.id = ? AND l.id = ?
            """,
            [Bench.lookup.hash(Identifier("part", "\(device) \(login)")), device, login]
        )
        try Totals(identifiers: 1, profiles: 0).add(in: db)
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
            """
            INSERT INTO observation (identifier, trait, value, time, source, message_id) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (identifier, trait, time, source, message_id) DO UPDATE SET value = excluded.value
            """,
            [
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
        cause: Cause? = nil,
        isWithdrawn: Bool = false
    ) throws {
        var (source, messageID, decision) = (Int64?.none, String?.none, String?.none)
        switch cause {
        case .event(let name, let id)?: (source, messageID) = (try number(of: name, in: "source"), id)
        case .decision(let id)?: decision = id
        case nil: break
        }
        _ = try made(
            """
            INSERT INTO merge_log
                (id, batch, time, kind, key, former, origins, results, source, message_id, decision, withdrawn)
            SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, CAST(? AS BIGINT), ?, ?, ? FROM merge_log
            """,
            [
                batch, Bench.now.microseconds + batch, kind, key, former, origins, results, source, messageID, decision,
                isWithdrawn,
            ]
        )
    }

    /// Adds what somebody decided of two identifiers.
    func decide(_ id: String, _ one: Int64, _ other: Int64, _ verdict: Component.Decision.Verdict) throws {
        try db.execute(
            """
            INSERT INTO decision (id, first, other, first_name, other_name, verdict, time, author, reason)
            SELECT ?, i.key, o.key, n.name || ':' || i.value, m.name || ':' || o.value, ?, ?, 'eve', 'I know them'
            FROM identifier i, identifier o, namespace n, namespace m
            WHERE i.id = ? AND o.id = ? AND n.id = i.namespace AND m.id = o.namespace
            """,
            [id, verdict.rawValue, Bench.now.microseconds, one, other]
        )
    }

    func run(_ id: Int64, from first: Timestamp, to last: Timestamp) throws {
        try db.execute(
            """
            INSERT INTO run VALUES (?, 0, ?, ?)
            ON CONFLICT (id) DO UPDATE SET first = excluded.first, last = excluded.last
            """,
            [id, first.microseconds, last.microseconds]
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
            """
            INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, identifier, event, source)
            DO UPDATE SET count = excluded.count, first = excluded.first, last = excluded.last
            """,
            [
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
        try db.execute("INSERT INTO consumer VALUES (1, 'ingest', '', 0) ON CONFLICT DO NOTHING")
        try db.execute(
            "INSERT INTO timeline VALUES (?, ?, ?, 1, ?, ?, ?, NULL)",
            [
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
            "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?), (?, ?, NULL, NULL, NULL, NULL, NULL)",
            [
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
