import Events
import Identity
import ServiceKit
import Store
import Testing
import Topics

@testable import ProfileService

extension PipelineErasureTests {
    @Test("knows of each what was on the log when it was asked for, also while another one waits")
    func oneAfterAnother() async throws {
        let world = try PipelineWorld()
        try await world.send(TestEvent("m1", at: 1, #"{"userId":"ann"}"#), TestEvent("m2", at: 2, #"{"userId":"bob"}"#))
        try await world.settle()
        let graph = try world.graph()
        try await world.send(TestEvent("m3", at: 3, #"{"userId":"cyn"}"#))
        _ = try await world.suppress(try #require(graph["user:bob"]).id)
        try world.restart(batch: 1)
        try await world.consumer.start()
        try await world.send(
            .mail("m4", at: 4, user: "ann", address: "ann@x.example"),
            TestEvent("m5", at: 5, #"{"traits":{"email":"ann@x.example"}}"#)
        )
        let ann = try await world.suppress(try #require(graph["user:ann"]).id)
        for _ in 0..<2 { try await world.consumer.drain() }
        #expect(try world.graph().profiles.map(\.members) == [["user:cyn"]])
        let said = try await world.control().compactMap { record -> Forgotten? in
            if case .forgotten(let forgotten) = record, forgotten.suppression == ann.id { forgotten } else { nil }
        }
        #expect(said.map(\.events) == [3])
    }

    @Test(
        "tells once more of an id that leads nowhere: of a person who is forgotten, and of whom no event names any more"
    )
    func toldOfGone() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@x.example"),
            TestEvent("m2", at: 2, #"{"userId":"bob"}"#, delay: 5),
            TestEvent("m3", at: 3, #"{"userId":"dan","traits":{"email":"dan@x.example"}}"#, delay: 5)
        )
        try await world.settle()
        let ids = try ["user:ann", "user:bob", "user:dan"].map { try #require(try world.graph()[$0]).id }
        _ = try await world.forget(ids[0])
        // The copies that were received first name another one, and one less.
        try await world.send(
            TestEvent("m2", at: 2, #"{"userId":"cyn"}"#),
            TestEvent("m3", at: 3, #"{"userId":"dan"}"#)
        )
        try await world.consumer.drain()
        #expect(Set(try world.graph().profiles.map(\.members)) == [["user:cyn"], ["user:dan"]])
        for id in ids {
            let told = try await world.changes().filter { $0.profileID == id }
            #expect(told.map(\.kind) == [.created, .updated])
            #expect(told.last.map { $0.revision > 1 && $0.events.isEmpty } == true)
        }
    }

    @Test("goes through the store once for all who are forgotten together, and finds of each what others have")
    func onceForAll() async throws {
        let world = try PipelineWorld()
        try await world.send(
            (1...4).flatMap { number -> [TestEvent] in
                let address = "a\(number)@x.example"
                let others = #"{"userId":"o\#(number)","traits":{"friend":"\#(address)"}}"#
                return [
                    .mail("m\(number)", at: 1, user: "u\(number)", address: address),
                    TestEvent("n\(number)", at: 2, others),
                ]
            }
        )
        try await world.settle()
        let graph = try world.graph()
        let people = try (1...4).map { try world.suppression(of: try #require(graph["user:u\($0)"]).id) }
        let (found, passes) = try await world.store.read { db in
            let counted = CountedPasses(db)
            let hash = KeyedHash(secret: Array(repeating: 7, count: 32))
            let working = try WorkingGraph(reading: counted, rules: Rules(), hash: hash)
            let persons = try ForgottenPerson.find(people, in: working)
            return (persons.map { $0.mentions.subtracting($0.own).count }, counted.count)
        }
        #expect(found == [1, 1, 1, 1])
        #expect(passes == 2)
    }

    @Test("goes through the store once for all attempts of the transaction that forgets people")
    func onceForAllAttempts() async throws {
        let world = try PipelineWorld()
        try await world.send(.mail("m1", at: 1, user: "ann", address: "ann@x.example"))
        try await world.settle()
        let ann = try world.suppression(of: try #require(try world.graph()["user:ann"]).id)
        let passes = try await world.store.read { db in
            let counted = CountedPasses(db)
            let hash = KeyedHash(secret: Array(repeating: 7, count: 32))
            let decoder = EventDecoder(rules: Rules(), hash: hash, now: { Timestamp(microseconds: 1) }, trapOn: nil)
            let archive = EventArchive()
            for _ in 0..<2 {
                let graph = try WorkingGraph(reading: counted, rules: Rules(), hash: hash)
                #expect(throws: NeededEvents.self) {
                    _ = try StoreForgetting([ann], decoder: decoder, archive: archive, in: graph)
                }
            }
            return counted.count
        }
        #expect(passes == 2)
    }

    @Test("looks at a profile once, however many of its identifiers are the person's")
    func oneProfile() async throws {
        let world = try PipelineWorld()
        try await world.send((1...9).map { .mail("m\($0)", at: 1, user: "ann", address: "a\($0)@x.example") })
        try await world.settle()
        let counts = try await world.store.read { db in
            let hash = KeyedHash(secret: Array(repeating: 7, count: 32))
            let graph = try WorkingGraph(reading: db, rules: Rules(), hash: hash)
            let ids: [Int64] = try db.all("SELECT id FROM identifier") { $0[0] }
            return try ForgottenPerson.profiles(of: ids, in: graph).map(\.members.count)
        }
        #expect(counts == [10])
    }

    @Test("takes out as many together as go into memory, and then the others")
    func someTogether() async throws {
        let world = try PipelineWorld()
        try await world.send((1...5).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0)"}"#) })
        try world.restart(people: 2)
        try await world.settle()
        let graph = try world.graph()
        for number in 1...5 { _ = try await world.suppress(try #require(graph["user:u\(number)"]).id) }
        let before = try await world.store.read { try Outbox.lastSequence(in: $0) }
        for _ in 0..<2 { try await world.consumer.drain() }
        #expect(try world.graph().profiles.isEmpty)
        // Each time it is told what has changed, and who was forgotten.
        let after = try await world.store.read { try Outbox.lastSequence(in: $0) }
        #expect(after - before == 3 * 2)
    }

    @Test("finds the devices that somebody has logged in on without going through all logins there ever were")
    func devices() async throws {
        let world = try PipelineWorld()
        let plan = try await world.store.read { db -> [String] in
            guard db.dialect == .sqlite else { return ["USING INDEX"] }
            return try db.all("EXPLAIN QUERY PLAN SELECT DISTINCT device FROM login WHERE login = 1") { $0[3] }
        }
        #expect(plan.contains { $0.contains("INDEX") }, "\(plan)")
    }

    @Test("refuses times on a device of somebody whose login is several people's: of them nothing could be forgotten")
    func partAlone() async throws {
        let world = try PipelineWorld()
        func customer(_ id: String) -> String { #""context":{"externalIds":[{"type":"shop.customer","id":"\#(id)"}]}"# }
        let owners = (1...6).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0)",\#(customer("c1"))}"#) }
        try await world.send(
            owners
                + ["c1", "c2"].enumerated().map { place, id in
                    TestEvent("d\(place)", at: Int64(10 + place), #"{"anonymousId":"d",\#(customer(id))}"#)
                }
        )
        try await world.settle()
        let part = try #require(try world.graph()["anonymous:d@c1"])
        #expect(part.members == ["anonymous:d@c1"])
        let refusal = #expect(throws: APIError.self) { try world.suppression(of: part.id) }
        #expect(refusal?.code == "not_one_person")
    }

    @Test("keeps what was received once the person might be known again, before the store had forgotten them")
    func liftedBefore() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@x.example"),
            .login("m2", at: 2, user: "ann", device: "d"),
            TestEvent("m3", at: 3, #"{"userId":"bob","traits":{"spouse":"ann@x.example","plan":"a"}}"#)
        )
        try await world.settle()
        let ann = try await world.suppress(try #require(try world.graph()["user:ann"]).id)
        let word = Word(author: "eve", reason: "back", time: Timestamp(microseconds: TestEvent.microseconds(2000)))
        try await world.decide(.withdrawal(Withdrawal(id: ann.id, word: word)))
        let late = [
            TestEvent("m4", at: 2001, #"{"userId":"ann","traits":{"plan":"b"}}"#),
            TestEvent("m5", at: 2002, #"{"userId":"bob","traits":{"friend":"ann@x.example"}}"#),
        ]
        try await world.send(late)
        for _ in 0..<2 { try await world.consumer.drain() }
        let expected = try PipelineWorld()
        try await expected.send([TestEvent("m3", at: 3, #"{"userId":"bob","traits":{"plan":"a"}}"#)] + late)
        try await expected.settle()
        #expect(try world.graph()["user:bob"] == expected.graph()["user:bob"])
        #expect(try world.graph()["user:ann"] == expected.graph()["user:ann"])
        #expect(try world.graph()["user:ann"]?.members == ["user:ann"])
        #expect(try world.graph()["email:ann@x.example"] == nil)
    }
}

/// Counts how often a store is gone through.
private final class CountedPasses: SQLConnection {
    private let db: any SQLConnection
    private(set) var count = 0

    init(_ db: any SQLConnection) {
        self.db = db
    }

    var dialect: SQLDialect { db.dialect }

    func run(_ statement: String, _ arguments: [SQLValue]) throws -> SQLResult { try db.run(statement, arguments) }

    func each(_ statement: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        count += 1
        try db.each(statement, arguments, body)
    }

    func bulk(_ statement: String) throws -> BulkStatement { try db.bulk(statement) }
}
