import Events
import FoundationEssentials
import Identity
import MessageLog
import ServiceKit
import Store
import TestKit
import Testing
import Topics

import struct MessageLog.Record

@testable import ProfileService

@Suite("Forgetting a person, in the store", .onBothEngines)
struct PipelineErasureTests {
    @Test(
        "leaves what there would be had nobody told of them, and what is rebuilt from the log",
        arguments: Seeds.from(count: 60)
    )
    func forgets(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = PipelineIdentityTests.variedEvents(&random)
        let world = try PipelineWorld()
        try world.restart(batch: [1, 10, 8192][Int(seed % 3)])
        try await world.send(events)
        try await world.settle()
        let people = try world.graph().profiles.filter { !$0.isShared }
        let victim = try #require(people.randomElement(using: &random))
        let forgotten = try await world.forget(victim.id)
        let expected = try PipelineWorld()
        try await expected.send(rest: events, without: forgotten.suppression, forgotten.forgotten, by: world.key)
        try await expected.settle()
        let (found, missing) = try world.graph().differences(from: expected.graph())
        #expect(found == [])
        #expect(missing == [])
        #expect(try world.graph().rejected == expected.graph().rejected)
        #expect(forgotten.forgotten.events == victim.events)
    }

    @Test("forgets two at once between whom a device is divided, and keeps count of whom it has")
    func together() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .login("m1", at: 1, user: "ann", device: "d"),
            TestEvent("m2", at: 2, #"{"anonymousId":"d"}"#),
            .login("m3", at: 3, user: "bob", device: "d"),
            TestEvent("m4", at: 4, #"{"anonymousId":"d"}"#),
            TestEvent("m5", at: 5, #"{"userId":"cyn"}"#)
        )
        try await world.settle()
        let graph = try world.graph()
        for user in ["ann", "bob"] { _ = try await world.suppress(try #require(graph["user:\(user)"]).id) }
        try await world.consumer.drain()
        try await world.consumer.drain()
        #expect(try world.graph().profiles.map(\.members) == [["user:cyn"]])
    }

    @Test("leaves the others' turns on a device as they were, also where the log has their logins no more")
    func turnsAfterRetention() async throws {
        let world = try PipelineWorld()
        func day(from start: Int64) -> [TestEvent] {
            [("ann", 1), ("bob", 3), ("cyn", 5)].flatMap { user, time in
                [
                    TestEvent.login("\(user)\(start)", at: start + time, user: user, device: "d"),
                    TestEvent("page\(user)\(start)", at: start + time + 1, #"{"anonymousId":"d"}"#),
                ]
            }
        }
        try await world.send(day(from: 0) + [TestEvent("out", at: 7, #"{"anonymousId":"d"}"#)])
        try await world.settle()
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: TestEvent.microseconds(9))
        try await world.send(day(from: 10))
        try await world.consumer.drain()
        try world.restart(cache: 1)
        try await world.settle()
        _ = try await world.forget(try #require(try world.graph()["user:cyn"]).id)
        for (user, events) in [("ann", Int64(4)), ("bob", 4)] {
            #expect(try world.graph()["user:\(user)"]?.events == events, "\(user)")
        }
    }

    @Test("forgets others' events that name nobody without the person")
    func nobodyLeft() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent("m1", at: 1, #"{"userId":"ada@x.example","traits":{"username":"ada@x.example"}}"#),
            .mail("m2", at: 2, user: "c1", address: "ada@x.example"),
            TestEvent("m3", at: 3, #"{"userId":"bob"}"#)
        )
        try await world.settle()
        _ = try await world.forget(try #require(try world.graph()["email:ada@x.example"]).id)
        #expect(try world.graph().profiles.map(\.members) == [["user:bob"]])
    }

    @Test("drops what comes of the person from then on, and takes it in again once that is lifted")
    func suppresses() async throws {
        let world = try PipelineWorld()
        try await world.send(.mail("m1", at: 1, user: "ann", address: "ann@shop.example"))
        try await world.settle()
        let forgotten = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        #expect(try world.graph().profiles == [])
        try await world.send(
            .mail("m2", at: 2, user: "ann", address: "other@shop.example"),
            TestEvent("m3", at: 3, #"{"userId":"bob","traits":{"email":"ANN@shop.example"}}"#)
        )
        try await world.consumer.drain()
        #expect(try world.graph().profiles.map(\.members) == [["user:bob"]])
        #expect(try world.graph()["user:bob"]?.traits == "{}")
        #expect(try await world.deadLetters().isEmpty)
        let word = Word(author: "eve", reason: "back", time: Timestamp(microseconds: TestEvent.microseconds(10)))
        try await world.decide(.withdrawal(Withdrawal(id: forgotten.suppression.id, word: word)))
        var again = TestEvent.mail("m1", at: 1, user: "ann", address: "ann@shop.example")
        again.delay = 11
        try await world.send(again, TestEvent("m4", at: 11, #"{"userId":"ann"}"#))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.events == 2)
        #expect(try world.graph()["user:ann"]?.members == ["email:ann@shop.example", "user:ann"])
    }

    @Test("forgets whose events are in part gone from the log, with what they did on others' devices")
    func afterRetention() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .login("m1", at: 1, user: "ann", device: "d"),
            TestEvent("m2", at: 2, #"{"anonymousId":"d"}"#),
            TestEvent("m3", at: 3, #"{"userId":"ann","traits":{"email":"ann@x.example"}}"#)
        )
        try await world.settle()
        try await world.log.applyRetention(
            Retention(bytes: 0),
            to: Topic.events,
            now: TestEvent.microseconds(10)
        )
        try await world.send(
            .login("m4", at: 4, user: "bob", device: "d"),
            TestEvent("m5", at: 5, #"{"userId":"ann","name":"again"}"#),
            TestEvent("m6", at: 6, #"{"anonymousId":"d"}"#)
        )
        try await world.consumer.drain()
        try world.restart(cache: 1)
        try await world.settle()
        _ = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        #expect(try world.graph()["user:ann"] == nil)
        #expect(try world.graph()["email:ann@x.example"] == nil)
        #expect(try world.graph()["user:bob"]?.members == ["anonymous:d", "user:bob"])
        #expect(try world.count("SELECT count(*) FROM login WHERE login NOT IN (SELECT id FROM identifier)") == 0)
        #expect(
            try world.count("SELECT count(*) FROM timeline WHERE identifier NOT IN (SELECT id FROM identifier)") == 0
        )
        try world.restart(cache: 1)
        try await world.send(TestEvent("m7", at: 7, #"{"anonymousId":"d"}"#))
        try await world.settle()
        #expect(try world.graph()["user:bob"]?.timeline.count == 3)
    }

    @Test("does not take the person in again from events that are read again before the log is rewritten")
    func readAgain() async throws {
        let events = [
            TestEvent("e1", at: 1, #"{"userId":"bob","traits":{"spouse":"ann@x.example","plan":"a"}}"#),
            .mail("m1", at: 2, user: "ann", address: "ann@x.example"),
            TestEvent("e2", at: 3, #"{"userId":"bob","traits":{"plan":"b"}}"#, delay: 9),
        ]
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        let (suppression, forgotten) = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        let copy = TestEvent("e2", at: 3, #"{"userId":"bob","traits":{"plan":"c"}}"#, delay: 1)
        try await world.send([copy], from: "other")
        try await world.consumer.drain()
        let expected = try PipelineWorld()
        try await expected.send(rest: events + [copy], without: suppression, forgotten, by: world.key)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        #expect(try world.graph()["user:bob"]?.traits == #"{"plan":"c"}"#)
    }

    @Test("takes the person's address out of what others have, however it is written, and with whomever it was seen")
    func addresses() async throws {
        let events = [
            TestEvent.mail("m1", at: 1, user: "ann", address: "ann@home.example"),
            TestEvent("m2", at: 2, #"{"userId":"bob","traits":{"spouse":"Ann@Home.example"}}"#),
            TestEvent("m3", at: 3, #"{"userId":"cyn","traits":{"friends":["ann\u0040home.example"]}}"#),
            .mail("m4", at: 4, user: "dan", address: "fam@x.example"),
            .mail("m5", at: 5, user: "eve", address: "fam@x.example"),
            TestEvent(
                "m6",
                at: 6,
                #"{"anonymousId":"x","traits":{"email":"fam@x.example","spouse":"ann@home.example"}}"#
            ),
        ]
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        let (suppression, forgotten) = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        let expected = try PipelineWorld()
        try await expected.send(rest: events, without: suppression, forgotten, by: world.key)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        #expect(try world.count("SELECT count(*) FROM observation WHERE value LIKE '%ome.example%'") == 0)
    }

    @Test("takes the person's address out of what others are known by")
    func namesakes() async throws {
        func card(_ id: String, _ members: String) -> TestEvent {
            let names = #"{"externalIds":[{"type":"card","id":"Ann@x.example"}]}"#
            return TestEvent(id, at: 2, #"{\#(members)"context":\#(names)}"#)
        }
        let events = [
            TestEvent.mail("m1", at: 1, user: "ann", address: "ann@x.example"),
            card("m2", #""userId":"bob","#), card("m3", ""),
        ]
        let world = try PipelineWorld()
        try await world.send(events)
        try await world.settle()
        #expect(try world.graph()["user:bob"]?.members == ["card:Ann@x.example", "user:bob"])
        let (suppression, forgotten) = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        let expected = try PipelineWorld()
        try await expected.send(rest: events, without: suppression, forgotten, by: world.key)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        #expect(try world.count("SELECT count(*) FROM identifier WHERE value LIKE '%x.example'") == 0)
    }

    @Test("takes the ids of the person's profile out of what happened to others")
    func histories() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@shop.example"),
            .mail("m2", at: 2, user: "bob", address: "bob@shop.example")
        )
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        let (ann, bob) = (Identifier("user", "ann"), Identifier("user", "bob"))
        try await world.settle()
        let id = try #require(try world.graph()["user:ann"]).id
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .together, left: ann, right: bob, word: word))
        )
        try await world.consumer.drain()
        try await world.decide(.withdrawal(Withdrawal(id: "d", word: word)))
        try await world.consumer.drain()
        #expect(try world.ids(inHistoryOf: "user:bob").contains(id))
        _ = try await world.forget(id)
        let other = try #require(try world.graph()["user:bob"]).id
        #expect(try world.ids(inHistoryOf: "user:bob") == [other])
        #expect(try world.count("SELECT count(*) FROM merge_log") > 0)
    }

    // MARK: - An address alone

    private static let two = [
        TestEvent.mail("m1", at: 1, user: "a", address: "two@x.example"),
        .mail("m2", at: 2, user: "b", address: "two@x.example"),
        TestEvent("m3", at: 3, #"{"traits":{"email":"two@x.example"}}"#),
    ]

    @Test("of an address of two accounts these are named, and it goes alone where that is wanted")
    func alone() async throws {
        let world = try PipelineWorld()
        try await world.send(Self.two)
        try await world.settle()
        let address = try #require(try world.graph()["email:two@x.example"])
        #expect(address.isShared && address.events == 1)
        let refusal = #expect(throws: APIError.self) { try world.suppression(of: address.id) }
        let accounts = try ["user:a", "user:b"].map { try #require(try world.graph()[$0]).id }
        #expect(refusal?.code == "several_profiles" && refusal?.lists == ["profiles": accounts.sorted()])
        let whole = #expect(throws: APIError.self) { try world.suppression(of: accounts[0], alone: true) }
        #expect(whole?.code == "one_person")
        let (suppression, forgotten) = try await world.forget(address.id, alone: true)
        #expect(forgotten.events == 1)
        let expected = try PipelineWorld()
        try await expected.send(rest: Self.two, without: suppression, forgotten, by: world.key)
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
        #expect(Set(try world.graph().profiles.map(\.members)) == [["user:a"], ["user:b"]])
    }

    @Test("an address alone takes nobody along whose it has become meanwhile")
    func aloneUntilClaimed() async throws {
        let world = try PipelineWorld()
        try await world.send(Self.two)
        try await world.settle()
        _ = try await world.suppress(try #require(try world.graph()["email:two@x.example"]).id, alone: true)
        let later = Word(author: "eve", reason: "so", time: Timestamp(microseconds: TestEvent.microseconds(2000)))
        let pair = (Identifier("user", "a"), Identifier("email", "two@x.example"))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .together, left: pair.0, right: pair.1, word: later))
        )
        for _ in 0..<2 { try await world.consumer.drain() }
        #expect(Set(try world.graph().profiles.map(\.members)) == [["user:a"], ["user:b"]])
    }

    @Test("a rebuild that has taken the person in already begins again")
    func whileRebuilding() async throws {
        let world = try RebuildWorld()
        try await world.send(
            (1...50).map { .mail("m\($0)", at: Int64($0), user: "u\($0)", address: "u\($0)@shop.example") }
        )
        try await world.settle()
        let id = try #require(try world.graph()["user:u7"]).id
        let (log, key) = (world.log, world.key)
        let status = try await world.rebuild(by: .others) { process in
            let suppression = try PipelineWorld.suppression(of: id, in: process.inUse.view, key: key)
            let record = ControlRecord.suppression(suppression).record(at: Timestamp(microseconds: 1))
            _ = try await log.append([record], to: Topic.control)
            try await process.consumer.drain()
        }
        #expect(status.state == .done)
        #expect(try world.graph()["user:u7"] == nil)
        #expect(try world.graph().profiles.count { !$0.isShared } == 49)
    }
}

extension PipelineWorld {
    static func suppression(
        of id: String,
        alone: Bool = false,
        in view: StoreView,
        key: SuppressionKey
    ) throws -> Suppression {
        let person = try view.reader.read { db in try ErasedPerson(.id(id), alone: alone, in: view, db) }
        return Suppression(
            id: "era_\(id)",
            hashes: person.identifiers.map(key.hash),
            identifiers: person.identifiers,
            profileIDs: person.profileIDs,
            isAlone: alone,
            word: Word(author: "eve", reason: "asked", time: Timestamp(microseconds: TestEvent.microseconds(1000)))
        )
    }

    func suppression(of id: String, alone: Bool = false) throws -> Suppression {
        let lookup = ProfileLookup(rules: Rules(), hashes: KeyedHash(secret: Array(repeating: 7, count: 32)))
        let view = StoreView(reader: store, lookup: lookup, rules: StoredRules(rules: Rules()))
        return try Self.suppression(of: id, alone: alone, in: view, key: key)
    }

    /// Asks for the profile with an id to be forgotten.
    func suppress(_ id: String, alone: Bool = false) async throws -> Suppression {
        let suppression = try suppression(of: id, alone: alone)
        try await decide(.suppression(suppression))
        return suppression
    }

    /// The ids that stand in what happened to the profile of an identifier.
    func ids(inHistoryOf name: String) throws -> Set<String> {
        let id = try graph()[name]?.id ?? ""
        return try store.read { db in
            let sql = "SELECT former, origins, results FROM merge_log WHERE key = ?"
            let keys = try db.all(sql, [PublicID.key(of: id)]) { row in
                (0..<3).flatMap { PublicID.keys(in: row[$0] as Data) }
            }
            return Set(keys.joined().map { PublicID.text(of: $0) })
        }
    }

    /// Has the profile with an id forgotten, and returns what was said of it.
    func forget(_ id: String, alone: Bool = false) async throws -> (suppression: Suppression, forgotten: Forgotten) {
        let suppression = try await suppress(id, alone: alone)
        try await consumer.drain()
        try await consumer.drain()
        for case .forgotten(let forgotten) in try await control() where forgotten.suppression == suppression.id {
            return (suppression, forgotten)
        }
        throw PipelineError.damagedStore("Nothing was said of it.")
    }

    /// Sends what is left of events on the log once a person is erased.
    func send(
        rest events: [TestEvent],
        without suppression: Suppression,
        _ forgotten: Forgotten,
        by key: SuppressionKey
    ) async throws {
        let (rules, identifiers) = (Rules(), Set(suppression.identifiers))
        var records: [Record] = []
        for event in events where !forgotten.messages.contains(key.hash(ofMessage: event.id, from: event.source)) {
            let envelope = try EventEnvelope(decoding: event.record.value)
            switch rules.verdict(on: envelope, suppressed: identifiers.contains) {
            case .keep: records.append(event.record)
            case .drop: continue
            case .redact(let found):
                let rest = rules.redacted(envelope, of: found)
                records.append(Record(value: rest.header.encode(event: rest.event.raw), timestamp: 0))
            }
        }
        _ = try await log.shared(with: "ingest").append(records, to: Topic.events, sequence: nil)
    }

    func control() async throws -> [ControlRecord] {
        try await records(of: Topic.control).compactMap { try? ControlRecord(decoding: $0.value) }
    }
}
