import Dispatch
import Foundation
import PostgreSQL
import ServiceLifecycleTestKit
import Store
import Synchronization
import TestKit
import Testing

@testable import Membership

@Suite("Members of a group on PostgreSQL", .serialized)
struct MembershipTests {
    private let leases = (0..<12).map { "lease/\($0)" }

    @Test("share the work, hand it over when one comes, and take it when one dies or leaves")
    func sharing() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (leases, register) = (leases, Register())
        let first = try await Party("a", in: cluster)
        let one = Task { try await first.work(on: leases, register) }
        defer { one.cancel() }
        try await register.isShared(12, by: ["a"])

        let second = try await Party("b", in: cluster)
        let two = Task { try await second.work(on: leases, register) }
        try await register.isShared(12, by: ["a", "b"])
        #expect(first.membership.present == 2 && second.membership.present == 2)
        #expect(leases.allSatisfy(second.membership.isHeld) && !second.membership.isHeld("lease/none"))
        // It ends without a word, as a process that is killed.
        two.cancel()
        _ = await two.result
        try await register.isShared(12, by: ["a"])
        #expect(first.membership.absent == ["b", "test"])

        let third = try await Party("c", in: cluster)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await third.work(on: leases, register) }
                try await register.isShared(12, by: ["a", "c"])
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        try await register.isShared(12, by: ["a"])
        #expect(register.clashes.isEmpty)
    }

    @Test("a process of the same name takes the place of the one before at once")
    func sameName() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let before = try await Party("a", in: cluster)
        let after = try await Party("a", in: cluster)
        await #expect(throws: MembershipError.expelled(member: "a")) { try await before.note("late") }
        try await after.note("mine")
        #expect(try await notes(after) == ["mine"])
        try await isRefusedAlone(cluster)
    }

    @Test(
        "a member that stalls in a transaction and wakes late gets nothing committed, and learns that it was expelled"
    )
    func stalling() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (late, other) = (try await Party("late", in: cluster), try await Party("other", in: cluster))
        try await late.note("before")
        let stalled = Task { try await stall("late", in: cluster) }
        defer { stalled.cancel() }
        let register = Register()
        let work = Task { try await other.work(on: ["x"], register) }
        defer { work.cancel() }
        // Whatever another's transaction locks, the members that live go on.
        try await register.isShared(1, by: ["other"])
        let limit = ContinuousClock.now + .seconds(300)
        while !other.membership.absent.contains("late"), ContinuousClock.now < limit {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(other.membership.absent.contains("late"))
        await #expect(throws: MembershipError.expelled(member: "late")) { try await late.note("after") }
        await #expect(throws: MembershipError.expelled(member: "late")) { try await late.membership.run() }
        try await other.note("then")
        #expect(try await notes(other) == ["before", "then"])
        #expect(register.clashes.isEmpty)
    }

    @Test("a clock that was set back keeps nobody in the group who died before, and puts out nobody who lives")
    func clockSetBack() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (leases, register) = (leases, Register())
        let (first, other) = (try await Party("a", in: cluster), try await Party("b", in: cluster))
        let dying = try await Party("c", in: cluster)
        let one = Task { try await first.work(on: leases, register) }
        defer { one.cancel() }
        let two = Task { try await other.work(on: leases, register) }
        defer { two.cancel() }
        let three = Task { try await dying.work(on: leases, register) }
        try await register.isShared(12, by: ["a", "b", "c"])
        three.cancel()
        _ = await three.result
        // As if all beats so far had been by a clock that was an hour ahead.
        try await first.store.write {
            try $0.execute("UPDATE beat SET time = time + 3600000000, since = since + 3600000000")
        }
        try await register.isShared(12, by: ["a", "b"])
        #expect(first.membership.present == 2 && register.clashes.isEmpty)
    }

    @Test("a member goes on beating while all threads of the pool are busy")
    func busyPool() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let (party, register) = (try await Party("a", in: cluster), Register())
        let work = Task { try await party.work(on: ["x"], register) }
        defer { work.cancel() }
        try await register.isShared(1, by: ["a"])
        let start = try await lastBeat(of: party)
        let end = End()
        let session = try PostgreSQLSession(try PostgreSQLOptions(cluster.address))
        let later = "SELECT 1 FROM kith_test.beat WHERE member = 'a' AND time > \(start.now + 1_000_000)"
        DispatchQueue(label: "looks for beats").async {
            let limit = ContinuousClock.now + .seconds(120)
            while (try? session.statements.query(later).count) != 1, ContinuousClock.now < limit { usleep(20_000) }
            end.isHere.store(true, ordering: .releasing)
        }
        await withDiscardingTaskGroup { group in
            for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                // Blocked, and not at work: the machine's processors are others' as well.
                group.addTask { while !end.isHere.load(ordering: .acquiring) { usleep(10_000) } }
            }
        }
        let beat = try await lastBeat(of: party)
        #expect(beat.time > start.now + 1_000_000, "\(start) \(beat)")
    }

    /// When a member was last heard of, and the time now, in microseconds.
    private func lastBeat(of party: Party) async throws -> (time: Int64, now: Int64) {
        let member = party.membership.member
        return try await party.store.read { db in
            let row = try db.rows(
                "SELECT time, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now FROM beat WHERE member = ?",
                [member]
            ).first
            return (row?["time"] ?? 0, row?["now"] ?? 0)
        }
    }

    /// What a member stalls in: its row is locked, and nothing is said any more.
    private func stall(_ member: String, in cluster: PostgreSQLCluster) async throws {
        var options = try PostgreSQLOptions(cluster.address)
        // Longer than a member may be silent, so that the first attempts to expel it are in vain.
        options.preparation = ["SET idle_in_transaction_session_timeout = '35s'"]
        let connection = try await PostgreSQLConnection.open(options)
        try await connection.perform { statements in
            try statements.query("BEGIN")
            try statements.query("SELECT 1 FROM kith_test.member WHERE name = $1 FOR SHARE", [.text(member)])
        }
        try await Task.sleep(for: .seconds(600))
        await connection.close()
    }

    /// A store that is shared cannot be had alone.
    private func isRefusedAlone(_ cluster: PostgreSQLCluster) async throws {
        let address = cluster.address
        let alone = Task { try await PostgreSQLStore(address, schema: "kith_test", migrations: Party.migrations) }
        try await Task.sleep(for: .milliseconds(300))
        alone.cancel()
        await #expect(throws: (any Error).self) { try await alone.value }
    }

    @Test("who is alone holds everything, and writes nothing of it")
    func alone() async throws {
        let membership = Membership.alone
        let done = Register()
        try await membership.hold("x") { _ in
            #expect(membership.held == ["x"])
            done.enter("", "x")
        }
        #expect(done.workers == ["x": [""]] && membership.held.isEmpty && membership.present == 1)
    }

    private func notes(_ party: Party) async throws -> [String] {
        try await party.store.read { db in try db.rows("SELECT lease FROM work ORDER BY lease").map { $0["lease"] } }
    }
}

/// What several wait for.
private final class End: Sendable {
    let isHere = Atomic(false)
}
