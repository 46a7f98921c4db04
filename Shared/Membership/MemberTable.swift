public import Store

/// The tables by which the members of a group agree on who does what; times are by the database's clock.
///
/// - A member that was not heard of for ``patience`` is expelled by the others: its row says so, its leases are free, and from then on it
///   gets nothing committed, since each of its transactions locks its row first and must find it as it was.
/// - Only a member that was itself there all the while expels others: after the database was away, everybody has time to come back.
/// - A member that does not reach the log has a lease that says so. The leases are for the others then, as long as there are any.
public struct MemberTable: Sendable {
    /// How long a member may usually be silent, in microseconds.
    static let usualPatience: Int64 = 5_000_000

    /// Gives a lease to a member, unless somebody has it.
    private static let insertion = "INSERT INTO lease (name, member) VALUES (?, ?) ON CONFLICT DO NOTHING"

    /// The lease of a member that does not reach the log.
    private static func mark(of member: String) -> String { "cut off/\(member)" }

    /// The step that makes the tables.
    public static let migration = SQLMigration(
        "kith members",
        """
        -- Those who share the store. Whoever is gone stays, for what it left; its epoch grows each time it comes or goes.
        CREATE TABLE member (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, present INTEGER NOT NULL) STRICT;
        -- When each was last heard of, and since when without a break; apart, since every transaction locks its member's row.
        CREATE TABLE beat (member TEXT PRIMARY KEY, time INTEGER NOT NULL, since INTEGER NOT NULL) STRICT;
        -- Who does what.
        CREATE TABLE lease (name TEXT PRIMARY KEY, member TEXT NOT NULL) STRICT;
        """
    )

    let store: any SQLStore
    let member: String
    let epoch: Int64
    /// How long a member may be silent, in microseconds.
    let patience: Int64

    /// What is more than a late beat: the member was away.
    private var absence: Int64 { patience / 2 }

    // MARK: Coming and going

    /// Enters a member; another process of its name is expelled by that.
    ///
    /// - Parameter group: The group's name, which stands for a process that was alone under it before there were members; `nil` when
    ///   nobody need look after what that one left.
    static func join(
        _ member: String,
        in group: String?,
        of store: any SQLStore,
        patience: Int64 = usualPatience
    ) async throws -> MemberTable {
        let epoch = try await store.write { db in
            let insert = "INSERT INTO member (name, epoch, present)"
            if let group { try db.execute("\(insert) VALUES (?, 0, 0) ON CONFLICT DO NOTHING", [group]) }
            let row = try db.row(
                """
                \(insert) VALUES (?, 1, 1)
                ON CONFLICT (name) DO UPDATE SET epoch = member.epoch + 1, present = 1 RETURNING epoch
                """,
                [member]
            )
            let now = try clock(db)
            try db.execute("DELETE FROM lease WHERE member = ?", [member])
            try db.execute(
                """
                INSERT INTO beat (member, time, since) VALUES (?, ?, ?)
                ON CONFLICT (member) DO UPDATE SET time = excluded.time, since = excluded.since
                """,
                [member, now, now]
            )
            return row?["epoch"] as Int64? ?? 0
        }
        return MemberTable(store: store, member: member, epoch: epoch, patience: patience)
    }

    /// Goes in good order.
    func leave() async throws {
        try await store.write { db in
            try check(db)
            try Self.remove(member, db)
        }
    }

    /// Removes a member that is still not heard of; throws when one of its transactions is not over yet.
    func expel(_ other: String) async throws {
        try await store.write { db in
            try db.execute("SET LOCAL lock_timeout = '500ms'")
            let last: Int64? = try db.value("SELECT time FROM beat WHERE member = ?", [other])
            guard let last, isSilent(last, at: try Self.clock(db)) else { return }
            try Self.remove(other, db)
        }
    }

    private static func remove(_ member: String, _ db: any SQLConnection) throws {
        try db.execute("UPDATE member SET epoch = epoch + 1, present = 0 WHERE name = ?", [member])
        try db.execute("DELETE FROM lease WHERE member = ?", [member])
        try db.execute("DELETE FROM beat WHERE member = ?", [member])
    }

    // MARK: Being there

    /// Throws unless the member is still one; until the transaction is over it cannot be expelled.
    func check(_ db: any SQLConnection) throws {
        let sql = "SELECT 1 FROM member WHERE name = ? AND epoch = ? AND present = 1 FOR SHARE"
        guard try db.row(sql, [member, epoch]) != nil else { throw MembershipError.expelled(member: member) }
    }

    /// Whether the member has a lease, as any connection to the database finds when the tables are in a schema.
    func holds(_ lease: String, in schema: String, _ db: any SQLConnection) throws -> Bool {
        let sql = """
            SELECT 1 FROM "\(schema)".lease l JOIN "\(schema)".member m ON m.name = l.member
            WHERE l.name = ? AND m.name = ? AND m.epoch = ? AND m.present = 1
            """
        return try db.row(sql, [lease, member, epoch]) != nil
    }

    /// Says that the member is there, and takes and gives leases.
    ///
    /// - Parameter isCutOff: Whether the others are to know that it does not reach the log.
    func beat(wanted: Set<String>, returned: Set<String>, isCutOff: Bool = false) async throws -> Standing {
        try await store.write { db in
            try check(db)
            let now = try Self.clock(db)
            let isSteady = try beat(at: now, db)
            for lease in returned {
                try db.execute("DELETE FROM lease WHERE name = ? AND member = ?", [lease, member])
            }
            var standing = try standing(at: now, db)
            if standing.cutOff.contains(member) != isCutOff { try note(isCutOff, &standing, db) }
            standing.hasSuccessor = isSteady && standing.isAnyAble(besides: member)
            if !isSteady { standing.silent = [] }
            try settle(&standing, wanted: wanted, db)
            return standing
        }
    }

    /// Notes a beat; whether the member has been there for long enough to say who is not.
    private func beat(at now: Int64, _ db: any SQLConnection) throws -> Bool {
        let row = try db.row("SELECT time, since FROM beat WHERE member = ?", [member])
        let last: Int64 = row?["time"] ?? 0
        // After the clock was set back, the others are to be heard of by it first.
        let isNew = now - last > absence || now < last
        let since: Int64 = isNew ? now : row?["since"] ?? now
        try db.execute("UPDATE beat SET time = ?, since = ? WHERE member = ?", [now, since, member])
        return now - since >= patience
    }

    private func standing(at now: Int64, _ db: any SQLConnection) throws -> Standing {
        var standing = Standing()
        for row in try db.rows("SELECT name, present, time FROM member LEFT JOIN beat ON beat.member = member.name") {
            let name: String = row["name"]
            guard row["present"] as Bool else {
                standing.absent.insert(name)
                continue
            }
            standing.present.append(name)
            if isSilent((row["time"] as Int64?) ?? 0, at: now) { standing.silent.append(name) }
        }
        for row in try db.rows("SELECT name, member FROM lease") {
            let lease: String = row["name"]
            let holder: String = row["member"]
            if lease == Self.mark(of: holder) {
                standing.cutOff.insert(holder)
            } else {
                standing.holders[lease] = holder
            }
        }
        return standing
    }

    /// Whether a member is silent that was last heard of then: a time that is to come is by a clock that was set back since.
    private func isSilent(_ last: Int64, at now: Int64) -> Bool { abs(now - last) > patience }

    /// Notes whether the member is cut off from the log.
    private func note(_ isCutOff: Bool, _ standing: inout Standing, _ db: any SQLConnection) throws {
        let mark = Self.mark(of: member)
        if isCutOff {
            try db.execute(Self.insertion, [mark, member])
            standing.cutOff.insert(member)
        } else {
            try db.execute("DELETE FROM lease WHERE name = ?", [mark])
            standing.cutOff.remove(member)
        }
    }

    private func settle(_ standing: inout Standing, wanted: Set<String>, _ db: any SQLConnection) throws {
        for (lease, holder) in standing.holders where holder == member && !wanted.contains(lease) {
            try db.execute("DELETE FROM lease WHERE name = ?", [lease])
            standing.holders[lease] = nil
        }
        let plan = Assignment(members: standing.eligible).plan(of: member, wanted: wanted, holders: standing.holders)
        for lease in plan.take {
            let taken = try db.execute(Self.insertion, [lease, member])
            if taken == 1 { standing.holders[lease] = member }
        }
        // One that is cut off hands over what it has in its own time: the others may be so as well, and not know it yet.
        standing.yield = standing.cutOff.contains(member) ? [] : plan.yield
    }

    private static func clock(_ db: any SQLConnection) throws -> Int64 {
        try db.value("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint") ?? 0
    }
}

/// What a member finds when it beats.
struct Standing: Sendable, Equatable {
    var present: [String] = []
    /// Those who were members, and left or were expelled.
    var absent: Set<String> = []
    /// Those that are to be expelled.
    var silent: [String] = []
    /// Those that do not reach the log.
    var cutOff: Set<String> = []
    /// Whether another member, which reaches the log, could do this one's work.
    var hasSuccessor = false
    /// Who holds which lease.
    var holders: [String: String] = [:]
    /// The member's own leases that are to be handed over.
    var yield: Set<String> = []

    /// Those whom the leases are for: who reaches the log, or all when nobody does.
    var eligible: [String] {
        let able = present.filter { !cutOff.contains($0) }
        return able.isEmpty ? present : able
    }

    /// Whether another member is heard of and reaches the log.
    func isAnyAble(besides member: String) -> Bool {
        present.contains { $0 != member && !silent.contains($0) && !cutOff.contains($0) }
    }
}
