import Events
import Identity
import MessageLog
import Store
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("A rebuild", .onBothEngines)
struct RebuildTests {
    /// A store that has taken in random events, in batches.
    private func world(seed: UInt64, batch: Int) async throws -> (RebuildWorld, [TestEvent]) {
        var random = Xorshift(seed)
        let events = PipelineIdentityTests.events(&random)
        let world = try RebuildWorld()
        try world.restart(batch: batch)
        try await world.send(events)
        try await world.settle()
        return (world, events)
    }

    @Test("by the same rules makes what there is, and tells nobody", arguments: 100..<120)
    func same(seed: UInt64) async throws {
        let (world, _) = try await world(seed: seed, batch: 1 + Int(seed % 5))
        let (graph, histories, told) = (try world.graph(), try world.histories(), try await world.changes())
        let status = try await world.rebuild(by: Rules())
        #expect(status.state == .done)
        #expect(status.report?.counts.unchanged == Int64(graph.profiles.count { !$0.isShared }))
        #expect(status.report?.counts.before == status.report?.counts.unchanged)
        #expect(status.report?.counts.removed == 0)
        #expect(try world.graph() == graph)
        #expect(try world.histories() == histories)
        #expect(try await world.changes() == told)
        #expect(try world.places.numbers().contains(2))
    }

    @Test("by other rules makes what these make of the events", arguments: 120..<140)
    func other(seed: UInt64) async throws {
        let (world, events) = try await world(seed: seed, batch: 3)
        let expected = try PipelineWorld(rules: .others)
        try await expected.send(events)
        try await expected.settle()
        let report = try await world.rebuild(by: .others).report
        let (found, missing) = try world.graph().differences(from: expected.graph())
        #expect(found == [])
        #expect(missing == [])
        #expect(report?.counts.after == Int64(try expected.graph().profiles.count { !$0.isShared }))
        #expect(report?.counts.removed ?? -1 >= 0)
    }

    @Test("tells others how profiles differ, and nothing else", arguments: 140..<155)
    func differences(seed: UInt64) async throws {
        let (world, _) = try await world(seed: seed, batch: 3)
        let (before, histories) = (try world.graph(), try world.histories())
        let told = try await world.changes().count
        try await world.rebuild(by: .others)
        let news = try await world.changes().dropFirst(told)
        #expect(news.allSatisfy { $0.historical && $0.events.isEmpty })
        let after = try world.graph()
        #expect(Set(news.map(\.profileID)).count == news.count)
        #expect(news.allSatisfy { change in after.profiles.contains { $0.id == change.profileID } })
        for profile in after.profiles {
            let isSame = before.profiles.contains { $0.looks(like: profile) }
            let change = news.first { $0.profileID == profile.id }
            #expect((change == nil) == isSame, "\(profile)")
            let revision = try world.histories()[profile.id]?.prefix { $0 != " " }
            if let change { #expect("\(change.revision)" == revision ?? "") }
            #expect((revision == histories[profile.id]?.prefix { $0 != " " }) == isSame)
        }
    }

    @Test("goes on with what comes meanwhile, and every event is told once")
    func meanwhile() async throws {
        let world = try RebuildWorld()
        let events = (0..<600).map { TestEvent("m\($0)", at: Int64($0), Self.event($0)) }
        try world.restart(batch: 20)
        try await world.send(Array(events[..<200]))
        try await world.settle()
        let (log, rest) = (world.log, Array(events[200...]))
        let status = try await world.rebuild(by: .others) { process in
            for event in rest {
                _ = try await log.shared(with: "ingest").append([event.record], to: Topic.events, sequence: nil)
                try await process.consumer.drain()
            }
        }
        #expect(status.state == .done)
        let expected = try PipelineWorld(rules: .others)
        try await expected.send(events)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        let told = try await world.changes().flatMap(\.events).map(\.messageID)
        #expect(told.count == events.count)
        #expect(Set(told).count == events.count)
    }

    private static func event(_ place: Int) -> String {
        #"{"userId":"u\#(place % 37)","traits":{"email":"m\#(place % 23)@shop.example","plan":"p\#(place)"}}"#
    }

    @Test("leaves no file of the old store behind, and the next process finds the new one")
    func sweeping() async throws {
        let (world, _) = try await world(seed: 1, batch: 3)
        try await world.rebuild(by: .others)
        try await world.swept()
        #expect(try world.places.numbers() == [2])
        let graph = try world.graph()
        try world.restart()
        #expect(try world.graph() == graph)
        #expect(world.process.inUse.view.rules.rules == .others)
        #expect(world.process.desk.status.state == .done)
        #expect(world.process.desk.status.report?.counts.after ?? 0 > 0)
        try await world.settle()
        try await world.rebuild(by: Rules())
        try await world.swept()
        #expect(try world.places.numbers() == [3])
    }

    @Test("that is only tried says what would change, with examples, and changes nothing")
    func dryRun() async throws {
        let world = try RebuildWorld()
        try await world.send([
            TestEvent("m1", at: 1, .identify, #"{"anonymousId":"d1","traits":{"email":"ben@shop.example"}}"#),
            TestEvent("m2", at: 2, .identify, #"{"anonymousId":"d2","traits":{"email":"ben@shop.example"}}"#),
            .mail("m3", at: 3, user: "ann", address: "ann@shop.example"),
            TestEvent("m4", at: 4, #"{"userId":"cid"}"#),
            TestEvent("m5", at: 5, #"{"anonymousId":"kiosk"}"#),
            TestEvent("m6", at: 6, .identify, #"{"userId":"dan","traits":{"plan":"a"}}"#),
            TestEvent("m7", at: 7, .identify, #"{"userId":"dan","traits":{"plan":"b"}}"#),
            .mail("m8", at: 8, user: "cid", address: "cid@shop.example"),
        ])
        try await world.settle()
        let (graph, told) = (try world.graph(), try await world.changes().count)
        var rules = Rules()
        rules.traits["plan"] = .first
        rules.namespaces[Namespace.anonymous]?.junk = ["kiosk"]
        rules.namespaces[Namespace.email]?.junk = ["cid@shop.example", "ben@shop.example"]
        let report = try #require(try await world.rebuild(by: rules, dryRun: true).report)
        var counts = RebuildReport.Counts(before: 5, after: 5, unchanged: 1)
        counts.split = 1
        counts.identifiersChanged = 1
        counts.traitsChanged = 1
        counts.removed = 1
        #expect(report.counts == counts)
        #expect(report.refused == 1)
        #expect(report.examples[.split]?.first?.after.map(\.identifiers) == [["anonymous:d1"], ["anonymous:d2"]])
        #expect(report.examples[.traitsChanged]?.first?.traits == ["plan"])
        #expect(report.examples[.removed]?.first?.before.first?.identifiers == ["anonymous:kiosk"])
        #expect(report.examples[.identifiersChanged]?.map { $0.after.map(\.identifiers) } == [[["user:cid"]]])
        #expect(try world.places.numbers() == [1])
        #expect(try world.graph() == graph)
        #expect(try await world.changes().count == told)
    }

    @Test("tells of profiles that only have other events, and gives them their next revision")
    func events() async throws {
        let world = try RebuildWorld()
        var signOut = TestEvent("m3", at: 6, #"{"anonymousId":"d"}"#)
        signOut.name = "Signed Out"
        try await world.send([
            .login("m1", at: 1, user: "ann", device: "d"), .login("m2", at: 5, user: "bob", device: "d"), signOut,
            TestEvent("m4", at: 7, #"{"anonymousId":"d"}"#),
        ])
        try await world.settle()
        let (before, revision) = (try #require(try world.graph()["user:bob"]), try world.revision(of: "user:bob"))
        let told = try await world.changes().count
        var rules = Rules()
        rules.signOutEvents = ["nothing"]
        let dryRun = try #require(try await world.rebuild(by: rules, dryRun: true).report)
        var counts = RebuildReport.Counts(before: 2, after: 2, unchanged: 1)
        counts.eventsChanged = 1
        #expect(dryRun.counts == counts)
        let example = try #require(dryRun.examples[.eventsChanged]?.first)
        #expect(example.before.map(\.eventCount) == [before.events])
        #expect(example.after.map(\.eventCount) == [3])
        #expect(example.after.map(\.lastSeen) == [Timestamp(microseconds: TestEvent.microseconds(7))])
        try world.restart()
        try await world.settle()
        #expect(try await world.rebuild(by: rules).report == dryRun)
        #expect(try world.graph()["user:bob"]?.events == 3)
        #expect(try world.revision(of: "user:bob") == revision + 1)
        let news = try await world.changes().dropFirst(told).filter { $0.profileID == before.id }
        #expect(news.map(\.kind) == [.updated])
        #expect(news.map(\.revision) == [revision + 1])
    }

    @Test("writes down of a split all that came of it, as one step, and keeps what was decided and taken back")
    func history() async throws {
        let world = try RebuildWorld()
        try await world.send([
            TestEvent("m1", at: 1, .identify, #"{"anonymousId":"d1","traits":{"email":"ben@shop.example"}}"#),
            TestEvent("m2", at: 2, .identify, #"{"anonymousId":"d2","traits":{"email":"ben@shop.example"}}"#),
            TestEvent("m3", at: 3, #"{"userId":"ann"}"#),
            TestEvent("m4", at: 4, #"{"userId":"bob"}"#),
        ])
        try await world.settle()
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        let (ann, bob) = (Identifier("user", "ann"), Identifier("user", "bob"))
        let decision = IdentityDecision(id: "d", verdict: .together, left: ann, right: bob, word: word)
        for record in [ControlRecord.decision(decision), .withdrawal(Withdrawal(id: "d", word: word))] {
            try await world.decide(record)
            try await world.process.consumer.drain()
        }
        let decided = ["1 merged 2>1", "2 split 1>2 withdrawn", "2 split 1>2 withdrawn"]
        #expect(try Self.steps(in: world) == decided)
        var rules = Rules()
        rules.namespaces[Namespace.email]?.junk = ["ben@shop.example"]
        try await world.rebuild(by: rules)
        #expect(try Self.steps(in: world) == decided + ["4 split 1>2", "4 split 1>2"])
    }

    /// The log of merges and splits: the first step of those that happened together, how many profiles there were before and
    /// after, and whether it was by the end of a decision.
    private static func steps(in world: RebuildWorld) throws -> [String] {
        try world.process.inUse.view.reader.read { db in
            try db.all("SELECT batch, kind, origins, results, withdrawn FROM merge_log ORDER BY id") { row in
                let (origins, results) = (row[2] as [UInt8], row[3] as [UInt8])
                let isWithdrawn: Bool = row[4]
                let counts = "\(origins.count / 16)>\(results.count / 16)"
                return "\(row[0] as Int64) \(row[1] as String) \(counts)\(isWithdrawn ? " withdrawn" : "")"
            }
        }
    }

    @Test("names nobody as an example any more once somebody is forgotten")
    func forgottenExamples() async throws {
        let world = try RebuildWorld()
        try await world.send([
            .mail("m1", at: 1, user: "ann", address: "ann@shop.example"),
            TestEvent("m2", at: 2, #"{"anonymousId":"kiosk"}"#),
        ])
        try await world.settle()
        var rules = Rules()
        rules.namespaces[Namespace.email]?.junk = ["ann@shop.example"]
        let report = try await world.rebuild(by: rules, dryRun: true).report
        #expect(report?.examples[.identifiersChanged]?.count == 1)
        let id = try #require(try world.graph()["user:ann"]).id
        let suppression = try PipelineWorld.suppression(of: id, in: world.process.inUse.view, key: world.key)
        let record = ControlRecord.suppression(suppression).record(at: Timestamp(microseconds: 1))
        _ = try await world.log.append([record], to: Topic.control)
        for _ in 0..<2 { try await world.process.consumer.drain() }
        #expect(try world.graph()["user:ann"] == nil)
        let status = world.process.desk.status
        #expect(status.state == .done)
        #expect(status.report?.counts == report?.counts)
        #expect(status.report?.examples == [:])
    }

    @Test("keeps the events that caused merges, although it meets their sources in another order")
    func causes() async throws {
        let world = try RebuildWorld()
        for (producer, source, user) in [("z", "crm", "ann"), ("a", "web", "bob")] {
            let traits = #""traits":{"email":"\#(user)@shop.example"}"#
            let apart = [#"{"userId":"\#(user)"}"#, #"{"anonymousId":"\#(user)",\#(traits)}"#]
            for (id, body) in (apart + [#"{"userId":"\#(user)",\#(traits)}"#]).enumerated() {
                let event = TestEvent("\(id)", at: Int64(id), .identify, body, source: source)
                try await world.send([event], from: producer)
                try await world.settle()
            }
        }
        let causes = try Self.causes(in: world)
        #expect(causes == ["crm", "web"].map { Cause.event(source: $0, messageID: "2") })
        try await world.rebuild(by: Rules())
        #expect(try Self.causes(in: world) == causes)
    }

    private static func causes(in world: RebuildWorld) throws -> [Cause] {
        try world.process.inUse.view.reader.read { db in
            let query = "SELECT s.name, m.message_id FROM merge_log m JOIN source s ON s.id = m.source ORDER BY m.id"
            return try db.all(query) { Cause.event(source: $0[0], messageID: $0[1]) }
        }
    }

    @Test("forgets what was found of profiles that are gone without looking at all of them for each")
    func pruned() throws {
        let world = try RebuildWorld()
        let store = try world.places.open(2, for: .construction)
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
        let left: [Int64] = try store.write { db in
            let table = FindingTable(db: db)
            try table.reset()
            try db.execute(
                "INSERT INTO profile (id, founder, first_seen, traits, name) \(numbers) SELECT i, i, 0, '{}', '' FROM n"
            )
            let finding = db.dialect == .sqlite ? "x''" : "''"
            try db.execute(
                """
                INSERT INTO finding (profile, kinds, leads, splits, former, origins, siblings, lost)
                \(numbers) SELECT i + 1, 1, 0, 0, \(finding), \(finding), \(finding), \(finding) FROM n
                """
            )
            try db.execute("ANALYZE profile")
            if db.dialect == .postgreSQL {
                // As if there were many more than the server has room to hash.
                try db.execute("SET LOCAL work_mem = '64kB'")
                try db.execute("SET LOCAL statement_timeout = '50s'")
            }
            try table.prune()
            return try db.all("SELECT count(*) FROM finding UNION ALL SELECT max(profile) FROM finding") { $0[0] }
        }
        #expect(left == [39_999, 40_000])
    }

    @Test("finds examples of those who are gone by a few questions")
    func removedExamples() throws {
        let world = try RebuildWorld()
        let (old, new) = (try world.places.open(2, for: .service), try world.places.open(3, for: .construction))
        for (store, count) in [(old, 510), (new, 509)] {
            try store.write { db in
                for number in 1...Int64(count) {
                    try StoreFixture(db: db).profile(number, [Identifier("user", "\(number)")])
                }
                try FindingTable(db: db).reset()
            }
        }
        try old.read { old in
            try new.read { new in
                let (old, new) = (CountedConnection(old), CountedConnection(new))
                let report = try ReportAssembly(old: old, new: new).report(refused: 0, missing: 0)
                #expect(report.counts.removed == 1)
                #expect(report.examples[.removed]?.flatMap(\.before).map(\.identifiers) == [["user:510"]])
                #expect(old.count + new.count < 100)
            }
        }
    }
}

/// Counts what is asked of a store.
private final class CountedConnection: SQLConnection {
    private let db: any SQLConnection
    private(set) var count = 0

    init(_ db: any SQLConnection) {
        self.db = db
    }

    var dialect: SQLDialect { db.dialect }

    func run(_ statement: String, _ arguments: [SQLValue]) throws -> SQLResult {
        count += 1
        return try db.run(statement, arguments)
    }

    func each(_ statement: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        count += 1
        try db.each(statement, arguments, body)
    }

    func bulk(_ statement: String) throws -> BulkStatement {
        count += 1
        return try db.bulk(statement)
    }
}

extension RebuildWorld {
    /// The revision of the profile that an identifier is in.
    fileprivate func revision(of identifier: String) throws -> Int64 {
        let id = try #require(try graph()[identifier]).id
        let history = try #require(try histories()[id])
        let revision = history.prefix { $0 != " " }
        return try #require(Int64(revision))
    }
}

extension Portrayal.Profile {
    /// Whether others can tell no difference.
    fileprivate func looks(like other: Self) -> Bool {
        id == other.id && members == other.members && traits == other.traits && isShared == other.isShared
            && events == other.events && lastSeen == other.lastSeen
    }
}
