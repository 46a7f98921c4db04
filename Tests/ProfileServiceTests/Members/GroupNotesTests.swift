import Events
import Identity
import IdentityRules
import Membership
import MessageLog
import Store
import TestKit
import Testing

@testable import ProfileService

@Suite("What members of a group of profiles tell each other", .serialized)
struct GroupNotesTests {
    /// A database with the tables of a group.
    private struct Ground {
        let cluster: PostgreSQLCluster
        let store: any SQLStore

        init() async throws {
            cluster = try PostgreSQLCluster()
            try await cluster.start()
            let migrations = [MemberTable.migration, GroupNotes.migration]
            store = try await PostgreSQLStore(
                cluster.address,
                schema: "kith_test",
                migrations: migrations,
                isShared: true
            )
        }

        func notes(_ member: String) async throws -> GroupNotes {
            try await store.write {
                try $0.execute("INSERT INTO member VALUES (?, 1, 1) ON CONFLICT DO NOTHING", [member])
            }
            return GroupNotes(store: store, member: member)
        }

        /// Whether the file of the notes has a text, in a row or in what is left of one.
        func isOnDisk(_ text: String) async throws -> Bool {
            let file = "pg_read_binary_file(pg_relation_filepath('note'))"
            return try await store.write { db in
                try db.execute("CHECKPOINT")
                return try db.value("SELECT position(convert_to(?, 'UTF8') IN \(file)) > 0", [text]) ?? false
            }
        }
    }

    @Test("is of people no longer than until they are forgotten, and then on no disk either")
    func wiping() async throws {
        let ground = try await Ground()
        let notes = try await ground.notes("a")
        var status = RebuildStatus(Self.request)
        (status.state, status.finishedAt, status.report) = (.done, status.startedAt, RebuildReport())
        status.report?.examples[.merged] = [
            RebuildReport.Example(before: [], after: [.init(id: "p1", identifiers: ["email:ann@b.test"])], traits: [])
        ]
        try await notes.note(status)
        status.report?.examples = [:]
        try await notes.note(status)
        #expect(try await ground.isOnDisk("ann@b.test"))
        try await notes.wipe()
        #expect(try await !ground.isOnDisk("ann@b.test"))
        ground.cluster.stop()
    }

    private static let request = RebuildRequest(
        rules: .others,
        isDryRun: true,
        startedAt: Timestamp(microseconds: 1_800_000_000_000_001)
    )

    @Test("how far decisions are in effect, and which stores are read")
    func positions() async throws {
        let ground = try await Ground()
        let (one, two) = (try await ground.notes("a"), try await ground.notes("b"))
        try await GroupNotes.enter("profile", ground.store)
        try await GroupNotes.enter("profile", ground.store)
        await #expect(throws: GroupError.otherGroup("other", known: "profile")) {
            try await GroupNotes.enter("other", ground.store)
        }
        let (first, second) = (Partition(topic: "control", name: "a"), Partition(topic: "control", name: "b"))
        #expect(try await !one.hasAdopted([:]))
        #expect(try await !one.hasAdopted([first: 1]))
        try await one.note(adopted: [first: 7, second: 12])
        #expect(try await two.hasAdopted([first: 7, second: 3]))
        #expect(try await !two.hasAdopted([first: 8, second: 3]))

        #expect(try await one.oldestRead() == 0)
        try await one.note(reading: 3)
        // The other one has not said yet what it reads.
        #expect(try await one.oldestRead() == 0)
        try await two.note(reading: 1)
        #expect(try await one.oldestRead() == 1)
        try await two.note(reading: 3)
        #expect(try await one.oldestRead() == 3)
        try await ground.store.write { try $0.execute("UPDATE member SET present = 0 WHERE name = 'a'") }
        try await two.note(reading: 4)
        #expect(try await one.oldestRead() == 4)
        ground.cluster.stop()
    }

    @Test("a rebuild that one is asked for is done by another, is told to all, and may be ended by a third")
    func rebuilds() async throws {
        let ground = try await Ground()
        let (asked, resolver, third) = (
            try await ground.notes("a"), try await ground.notes("b"), try await ground.notes("c")
        )
        #expect(try await third.status == RebuildStatus())
        await #expect(throws: RebuildError.nothingUnderWay) { try await third.abort() }
        #expect(try await asked.begin(Self.request).state == .running)
        await #expect(throws: RebuildError.underWay) { try await third.begin(Self.request) }

        let desk = RebuildDesk()
        let relay = Task { try await RebuildRelay(desk: desk, notes: resolver).run() }
        defer { relay.cancel() }
        var requests = desk.requests.makeAsyncIterator()
        #expect(await requests.next() == Self.request)
        try desk.note(.comparing, done: 3, of: 7)
        try await third.becomes { $0.phase == .comparing && $0.done == 3 && $0.total == 7 }
        #expect(try await asked.requestedRebuild() == nil)

        #expect(try await third.abort().state == .running)
        try await wait { (try? desk.note(.comparing)) == nil }
        desk.fail(nil, at: Timestamp(microseconds: 1_800_000_000_000_002))
        try await asked.becomes { $0.state == .aborted }
        ground.cluster.stop()
    }

    @Test("a successor knows how a dry run ended, and takes on what nobody has taken on")
    func succession() async throws {
        let ground = try await Ground()
        let notes = try await ground.notes("a")
        var done = RebuildStatus(Self.request)
        done.state = .done
        done.finishedAt = Timestamp(microseconds: 1_800_000_000_000_002)
        try await notes.note(done)
        let desk = RebuildDesk()
        let relay = Task { try await RebuildRelay(desk: desk, notes: notes).run() }
        defer { relay.cancel() }
        try await wait { desk.status == done }
        var next = Self.request
        next.startedAt = Timestamp(microseconds: 1_800_000_000_000_003)
        _ = try await notes.begin(next)
        var requests = desk.requests.makeAsyncIterator()
        #expect(await requests.next() == next)
        ground.cluster.stop()
    }

    @Test(
        "a rebuild that is asked for while a successor goes on with another one is taken on after that",
        .timeLimit(.minutes(5))
    )
    func comesAfter() async throws {
        let ground = try await Ground()
        let notes = try await ground.notes("a")
        var next = Self.request
        next.startedAt = Timestamp(microseconds: 1_800_000_000_000_003)
        _ = try await notes.begin(next)
        let desk = RebuildDesk()
        desk.resume(Self.request)
        let relay = Task { try await RebuildRelay(desk: desk, notes: notes).run() }
        defer { relay.cancel() }
        try await notes.becomes { $0.startedAt == Self.request.startedAt }
        desk.fail(nil, at: Timestamp(microseconds: 1_800_000_000_000_004))
        var requests = desk.requests.makeAsyncIterator()
        #expect(await requests.next() == next)
        ground.cluster.stop()
    }

    @Test("a rebuild by rules that whoever resolves cannot read fails, and the next one is taken on")
    func unreadable() async throws {
        let ground = try await Ground()
        let notes = try await ground.notes("a")
        _ = try await notes.begin(Self.request)
        try await ground.store.write { try GroupNotes.set("rebuild.rules", "future: 1", in: $0) }
        let desk = RebuildDesk()
        let relay = Task { try await RebuildRelay(desk: desk, notes: notes).run() }
        defer { relay.cancel() }
        try await notes.becomes { $0.state == .failed && $0.startedAt == Self.request.startedAt }
        #expect(try await notes.status.problem?.contains("future") == true)
        _ = try await notes.begin(Self.request)
        var requests = desk.requests.makeAsyncIterator()
        #expect(await requests.next() == Self.request)
        ground.cluster.stop()
    }

    @Test("a status is read as it was written")
    func statuses() throws {
        var status = RebuildStatus(Self.request)
        (status.phase, status.done, status.total) = (.comparing, 5, 9)
        #expect(try read(status) == status)
        var report = RebuildReport()
        report.counts.merged = 2
        report.missing = 4
        let (before, after) = (["email:a@b.test"], ["email:a@b.test", "user:1"])
        report.examples[.merged] = [
            RebuildReport.Example(
                before: [.init(id: "p1", identifiers: before)],
                after: [.init(id: "p2", identifiers: after)],
                traits: ["plan"]
            )
        ]
        (status.phase, status.done, status.total) = (.reading, 0, 0)
        status.state = .failed
        status.finishedAt = Timestamp(microseconds: 1_800_000_000_000_009)
        status.problem = "It is broken."
        status.report = report
        #expect(try read(status) == status)
    }

    private func read(_ status: RebuildStatus) throws -> RebuildStatus {
        var writer = JSONWriter()
        status.write(to: &writer)
        return try #require(RebuildStatus(note: writer.bytes))
    }
}

extension GroupNotes {
    fileprivate func becomes(_ condition: (RebuildStatus) -> Bool) async throws {
        try await wait { try await condition(status) }
    }
}

/// Waits until something holds.
private func wait(_ condition: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(300)
    while try await !condition() {
        try #require(ContinuousClock.now < limit)
        try await Task.sleep(for: .milliseconds(20))
    }
}
