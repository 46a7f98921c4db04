import Events
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("What the pipeline writes down of merges and splits")
struct PipelineHistoryTests {
    /// What is on the log, the oldest first: kind, how many profiles before and after, and the cause.
    private func log(_ world: PipelineWorld) throws -> [String] {
        try world.store.read { db in
            try db.all(
                """
                SELECT kind, length(origins) / 16, length(results) / 16, s.name, message_id, decision
                FROM merge_log LEFT JOIN source s ON s.id = source ORDER BY merge_log.id
                """
            ) { row in
                let event = (row[3] as String?).map { "\($0):\(row[4] as String)" }
                return "\(row[0] as String) \(row[1] as Int)>\(row[2] as Int) \(event ?? row[5] ?? "unknown")"
            }
        }
    }

    private func settled(_ batches: [TestEvent]...) async throws -> PipelineWorld {
        let world = try PipelineWorld()
        for (place, batch) in batches.enumerated() {
            try await world.send(batch)
            try await (place == 0 ? world.settle() : world.consumer.drain())
        }
        return world
    }

    @Test("a merge is caused by the event that names identifiers of both")
    func merge() async throws {
        let world = try await settled(
            [TestEvent("m1", at: 1, #"{"userId":"u"}"#), TestEvent("m2", at: 2, #"{"anonymousId":"a"}"#)],
            [
                .login("m3", at: 3, user: "u", device: "a"), .mail("m4", at: 4, user: "u", address: "x@shop.example"),
                TestEvent("m5", at: 5, #"{"userId":"u"}"#),
            ]
        )
        #expect(try log(world) == ["merged 2>1 web:m3"])
    }

    @Test("two that are joined by an address that is new as well are merged by the later of the two events")
    func throughNew() async throws {
        let world = try await settled(
            [TestEvent("m1", at: 1, #"{"userId":"u"}"#), TestEvent("m2", at: 2, #"{"anonymousId":"a"}"#)],
            [
                TestEvent("m4", at: 4, .identify, #"{"anonymousId":"a","traits":{"email":"x@shop.example"}}"#),
                .mail("m3", at: 3, user: "u", address: "x@shop.example"),
                TestEvent("m5", at: 5, .identify, #"{"userId":"u","traits":{"phone":"+12015550123"}}"#),
            ]
        )
        #expect(try log(world) == ["merged 2>1 web:m4"])
    }

    @Test("what grows without another profile is no merge")
    func growth() async throws {
        let world = try await settled(
            [TestEvent("m1", at: 1, #"{"userId":"u"}"#)],
            [.login("m2", at: 2, user: "u", device: "a")]
        )
        #expect(try log(world) == [])
    }

    @Test("a founder that is seen earlier renames its profile, by the event that saw it")
    func renamed() async throws {
        let world = try await settled(
            [.login("m1", at: 5, user: "u", device: "a")],
            [TestEvent("m2", at: 1, #"{"userId":"u"}"#), TestEvent("m3", at: 6, #"{"userId":"u"}"#)]
        )
        #expect(try log(world) == ["renamed 1>1 web:m2"])
    }

    @Test("what comes apart into very many has a line for each, and of the others a hundred in each")
    func pieces() async throws {
        var rules = Rules()
        rules.degreeLimit = 150
        let world = try PipelineWorld(rules: rules)
        let events = (1...20).map { number in
            let ids = (1...10).map { #"{"type":"t\#(number)-\#($0)","id":"v"}"# }.joined(separator: ",")
            return TestEvent(
                "m\(number)",
                at: Int64(number),
                .identify,
                #"{"userId":"u","context":{"externalIds":[\#(ids)]}}"#
            )
        }
        try await world.send(Array(events[..<10]))
        try await world.settle()
        try await world.send(Array(events[10...]))
        try await world.consumer.drain()
        #expect(try world.count("SELECT count(*) FROM merge_log WHERE kind = 'split'") > 90)
        #expect(try world.count("SELECT max(length(results)) FROM merge_log") == 100 * 16)
        let isOwn = "SELECT count(*) FROM merge_log WHERE instr(results, key) = 0"
        #expect(try world.count(isOwn) == 0)
    }

    @Test("a device that somebody else logs in on leaves its profile, by that login")
    func divided() async throws {
        let world = try await settled(
            [.login("m1", at: 1, user: "ann", device: "d")],
            [.login("m2", at: 2, user: "bob", device: "d"), TestEvent("m3", at: 3, #"{"userId":"ann"}"#)]
        )
        let entries = try log(world)
        #expect(Set(entries) == ["split 1>2 web:m2"])
        #expect(entries.count == 2)
    }

    @Test("what is left of a profile that goes over into another one has taken in nobody")
    func leftBehind() async throws {
        let world = try await settled(
            [
                TestEvent("m1", at: 0, #"{"anonymousId":"d"}"#), TestEvent("m2", at: 1, #"{"userId":"ann"}"#),
                .mail("m3", at: 2, user: "ann", address: "fam@shop.example"),
            ],
            [
                .login("m4", at: 3, user: "ann", device: "d"),
                .mail("m5", at: 4, user: "bob", address: "fam@shop.example"),
            ]
        )
        #expect(try log(world) == ["merged 2>2 web:m4", "split 1>2 unknown"])
    }

    @Test("an address that is as alone as before has no history, and who came to it meanwhile is new")
    func goneAgain() async throws {
        func seen(_ id: String, at time: Int64, device: String) -> TestEvent {
            TestEvent(id, at: time, #"{"anonymousId":"\#(device)","traits":{"email":"fam@shop.example"}}"#)
        }
        let world = try await settled(
            [
                .login("m1", at: 1, user: "ann", device: "kiosk"), .login("m2", at: 5, user: "bob", device: "kiosk"),
                TestEvent("m3", at: 2, #"{"traits":{"email":"fam@shop.example"}}"#),
            ],
            [seen("m4", at: 3, device: "kiosk"), seen("m5", at: 6, device: "kiosk"), seen("m6", at: 7, device: "d")]
        )
        #expect(try log(world) == [])
        let id = try #require(try world.graph()["anonymous:d"]).id
        #expect(try await world.changes().filter { $0.profileID == id }.map(\.kind) == [.created])
    }

    @Test("an address that becomes nobody's is told of, also where it is as alone as before")
    func nobodysNow() async throws {
        func seen(_ id: String, at time: Int64) -> TestEvent {
            TestEvent(id, at: time, #"{"anonymousId":"kiosk","traits":{"email":"fam@shop.example"}}"#)
        }
        let world = try await settled(
            [
                .login("m1", at: 1, user: "ann", device: "kiosk"), .login("m2", at: 5, user: "bob", device: "kiosk"),
                TestEvent("m3", at: 2, #"{"traits":{"email":"fam@shop.example"}}"#),
            ],
            [seen("m4", at: 3), seen("m5", at: 6)]
        )
        let address = try #require(try world.graph()["email:fam@shop.example"])
        #expect(address.isShared)
        let told = try await world.changes().filter { $0.profileID == address.id }
        #expect(told.map(\.kind) == [.created, .updated])
        #expect(try log(world) == [])
    }

    @Test("which of several events caused a split is not known, and is not made up")
    func unknown() async throws {
        let one = TestEvent.mail("m1", at: 1, user: "u1", address: "info@shop.example")
        let others = (2...7).map {
            TestEvent.mail("m\($0)", at: Int64($0), user: "u\($0)", address: "info@shop.example")
        }
        let world = try await settled([one], others)
        let entries = try log(world)
        #expect(!entries.isEmpty)
        #expect(Set(entries) == ["split 1>2 unknown"])
        let stepwise = try await settled([one], [others[0]])
        #expect(Set(try log(stepwise)) == ["split 1>2 web:m2"])
    }

    @Test("a sign-out that parts an address from a person is a cause as well")
    func signOut() async throws {
        var signOut = TestEvent("m4", at: 4, .track, #"{"anonymousId":"d"}"#)
        signOut.name = "Signed Out"
        let world = try await settled(
            [
                .login("m1", at: 1, user: "ann", device: "d"), .login("m2", at: 9, user: "bob", device: "d"),
                TestEvent("m3", at: 5, .identify, #"{"anonymousId":"d","traits":{"email":"x@shop.example"}}"#),
            ],
            [signOut]
        )
        #expect(Set(try log(world)) == ["split 1>2 web:m4"])
    }

    @Test("each batch's rows are known to belong together")
    func batches() async throws {
        let world = try await settled(
            [.login("m1", at: 1, user: "ann", device: "d")],
            [.login("m2", at: 2, user: "bob", device: "d")],
            [.mail("m3", at: 0, user: "bob", address: "bob@shop.example")]
        )
        #expect(try rows(world) == [[1, 1], [2, 1], [3, 3]])
    }

    @Test("causes that are to be forgotten are found without having all of the log in memory")
    func forgottenCauses() async throws {
        let world = try await settled(
            [TestEvent("m1", at: 1, #"{"userId":"u"}"#), TestEvent("m2", at: 2, #"{"anonymousId":"a"}"#)],
            [.login("m3", at: 3, user: "u", device: "a")],
            [TestEvent("m4", at: 4, #"{"userId":"v"}"#), TestEvent("m5", at: 5, #"{"anonymousId":"b"}"#)],
            [.login("m6", at: 6, user: "v", device: "b")]
        )
        try await world.store.write { db in
            try MergeLog.forget([], causes: [.event(source: "web", messageID: "m3")], in: PagedConnection(db: db))
        }
        #expect(try log(world) == ["merged 2>1 unknown", "merged 2>1 web:m6"])
    }

    private func rows(_ world: PipelineWorld) throws -> [[Int64]] {
        try world.store.read { db in
            try db.all("SELECT id, batch FROM merge_log ORDER BY id") { [$0[0] as Int64, $0[1] as Int64] }
        }
    }
}

/// A connection that may be asked for much by pages only.
private struct PagedConnection: SQLConnection {
    let db: any SQLConnection

    var dialect: SQLDialect { db.dialect }

    func run(_ statement: String, _ arguments: [SQLValue]) throws -> SQLResult { try db.run(statement, arguments) }

    func each(_ statement: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        try db.each(statement, arguments, body)
    }

    func bulk(_ statement: String) throws -> BulkStatement {
        #expect(!statement.hasPrefix("SELECT"), "All rows would be in memory at once: \(statement)")
        return try db.bulk(statement)
    }
}
