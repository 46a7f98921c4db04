import Events
import MessageLog
import Store
import TestKit
import Testing
import Topics

import struct MessageLog.Record

@testable import ProfileService

@Suite("From events to profiles")
struct PipelineTests {
    @Test("an event makes a profile, and tells of it")
    func first() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent(
                "m1",
                at: 1,
                .identify,
                #"{"userId":"u","traits":{"name":"Ada Lovelace","email":"Ada@shop.example"}}"#
            )
        )
        try await world.settle()
        let profile = try #require(try world.graph()["user:u"])
        #expect(profile.members == ["email:ada@shop.example", "user:u"])
        #expect(profile.traits == #"{"email":"Ada@shop.example","name":"Ada Lovelace"}"#)
        #expect(profile.name == "ada lovelace")
        #expect(profile.events == 1)
        let change = try #require(try await world.changes().first)
        #expect(change.kind == .created)
        #expect(change.profileID == profile.id)
        #expect(change.revision == 1)
        #expect(change.events.map(\.anchor) == [Identifier("user", "u")])
        #expect(try world.count("SELECT count(*) FROM profile_name WHERE profile_name MATCH 'lovelace'") == 1)
    }

    @Test("a profile that is made and joined in one batch is told of once")
    func oneChange() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent("m1", at: 1, #"{"anonymousId":"a"}"#),
            TestEvent("m2", at: 2, #"{"userId":"u"}"#),
            .login("m3", at: 3, user: "u", device: "a")
        )
        try await world.settle()
        let changes = try await world.changes()
        #expect(changes.map(\.kind) == [.created])
        #expect(changes.first?.events.map(\.messageID) == ["m1", "m2", "m3"])
    }

    @Test("a merge moves identifiers, and keeps every id that was handed out working")
    func merge() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent("m1", at: 1, .identify, #"{"userId":"u","traits":{"plan":"pro"}}"#),
            TestEvent("m2", at: 2, .identify, #"{"anonymousId":"a","traits":{"plan":"free","color":"red"}}"#)
        )
        try await world.settle()
        let before = try await world.changes().map(\.profileID)
        try await world.send(.login("m3", at: 3, user: "u", device: "a"))
        try await world.consumer.drain()
        let change = try #require(try await world.changes().last)
        #expect(change.kind == .merged)
        #expect([change.profileID] + change.formerIDs == before)
        #expect(change.revision == 2)
        let graph = try world.graph()
        #expect(graph.profiles.count == 1)
        #expect(graph["user:u"]?.traits == #"{"color":"red","plan":"free"}"#)
        #expect(graph["user:u"]?.events == 3)
        #expect(try world.count("SELECT count(*) FROM merge_log") == 1)
    }

    @Test("a founder seen earlier renames the profile, and the former id is told")
    func renamed() async throws {
        let world = try PipelineWorld()
        try await world.send(.login("m1", at: 5, user: "u", device: "a"))
        try await world.settle()
        let before = try #require(try await world.changes().last?.profileID)
        try await world.send(TestEvent("m2", at: 1, #"{"userId":"u"}"#))
        try await world.consumer.drain()
        let change = try #require(try await world.changes().last)
        #expect(change.formerIDs == [before])
        #expect(change.kind == .updated)
        #expect(try world.graph()["user:u"]?.id == change.profileID)
    }

    @Test("late values do not overwrite newer ones, and null clears")
    func traits() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent("m1", at: 9, .identify, #"{"userId":"u","traits":{"plan":"pro","city":"Rome"}}"#),
            TestEvent("m2", at: 1, .identify, #"{"userId":"u","traits":{"plan":"free","age":7}}"#),
            TestEvent("m3", at: 10, .identify, #"{"userId":"u","traits":{"city":null}}"#)
        )
        try await world.settle()
        #expect(try world.graph()["user:u"]?.traits == #"{"age":7,"plan":"pro"}"#)
    }

    @Test("a delivery doubled in a batch, in another batch and from another lane has one effect")
    func doubled() async throws {
        let world = try PipelineWorld()
        let events = (0..<20).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0 % 3)"}"#) }
        try await world.send(events + events)
        try await world.settle()
        let once = try world.graph()
        try await world.send(events)
        try await world.send(events, from: "ingest-2")
        try await world.consumer.drain()
        #expect(try world.graph() == once)
        #expect(once.profiles.map(\.events).reduce(0, +) == 20)
    }

    @Test("takes in traits whose names differ in their Unicode form only, and more values than one text may have")
    func unusualTraits() async throws {
        let world = try PipelineWorld()
        try world.restart(batch: 1)
        let zeros = Array(repeating: "0", count: 8000).joined(separator: ",")
        let many = (0..<13).map { "\"t\($0)\":[\(zeros)]" }.joined(separator: ",")
        try await world.send(
            TestEvent("m1", at: 1, "{\"userId\":\"u\",\"traits\":{\"caf\u{e9}\":1}}"),
            TestEvent("m2", at: 2, "{\"userId\":\"u\",\"traits\":{\"cafe\u{301}\":2}}"),
            TestEvent("m3", at: 3, #"{"userId":"u","traits":{"plan":"x"}}"#),
            TestEvent("m4", at: 4, "{\"userId\":\"v\",\"traits\":{\(many)}}"),
            TestEvent("m5", at: 5, #"{"userId":"v","traits":{"plan":"x"}}"#)
        )
        try await world.settle()
        let (u, v) = (try #require(try world.graph()["user:u"]), try #require(try world.graph()["user:v"]))
        #expect(try JSONDocument(traits: u.traits).root.members.map(\.key).count == 3)
        #expect(try JSONDocument(traits: v.traits).root["plan"]?.string == "x")
    }

    @Test("an event without a time of its own is told from its copies for seven days", arguments: [(6, 1), (7, 2)])
    func copiesWithoutTime(days: Int64, expected: Int64) async throws {
        let world = try PipelineWorld()
        var event = TestEvent("m", at: 0, #"{"userId":"u"}"#)
        event.original = false
        var late = event
        late.time = days * 86400
        try await world.send(event, late)
        try await world.settle()
        #expect(try world.graph()["user:u"]?.events == expected)
    }

    @Test(
        "of copies without a time of their own over many days the same count, whichever come first or together",
        arguments: [[0, 5, 10], [0, 10, 5], [5, 0, 10]] as [[Int64]],
        [1, 100]
    )
    func copiesOverDays(days: [Int64], batch: Int) async throws {
        let world = try PipelineWorld()
        try world.restart(batch: batch)
        try await world.send(
            days.map { day in
                var event = TestEvent("m", at: day * 86400, #"{"userId":"u"}"#)
                event.original = false
                return event
            }
        )
        try await world.settle()
        let profile = try #require(try world.graph()["user:u"])
        #expect(profile.events == 2)
        #expect(profile.firstSeen == TestEvent.microseconds(0))
        #expect(profile.lastSeen == TestEvent.microseconds(10 * 86400))
    }

    @Test("an event with a time of its own is told from its copies however late they arrive", arguments: [1, 8, 800])
    func copiesWithTime(days: Int64) async throws {
        let world = try PipelineWorld()
        let event = TestEvent("m", at: 0, #"{"userId":"u"}"#)
        var late = event
        late.delay = days * 86400
        try await world.send(event, late)
        try await world.settle()
        #expect(try world.graph()["user:u"]?.events == 1)
    }

    @Test("the same message id from two sources is two events")
    func sources() async throws {
        let world = try PipelineWorld()
        try await world.send(
            TestEvent("m", at: 1, #"{"userId":"u"}"#),
            TestEvent("m", at: 1, #"{"userId":"u"}"#, source: "shop")
        )
        try await world.settle()
        #expect(try world.graph()["user:u"]?.events == 2)
    }

    @Test("what cannot be read goes to the dead letters, and holds nothing up")
    func deadLetters() async throws {
        let world = try PipelineWorld()
        _ = try await world.log.shared(with: "ingest").append(
            [Record(value: Array("{\"v\":1".utf8), timestamp: 0), Record(value: [0xFF], timestamp: 0)],
            to: Topic.events
        )
        try await world.send(TestEvent("m1", at: 1, #"{"userId":"null"}"#), TestEvent("m2", at: 1, #"{"userId":"u"}"#))
        try await world.settle()
        let letters = try await world.deadLetters()
        #expect(letters.map(\.code) == ["invalid_record", "invalid_record", "no_identifier"])
        #expect(letters.map(\.position) == ["events/ingest@0", "events/ingest@1", "events/ingest@2"])
        #expect(try world.graph()["user:u"]?.events == 1)
    }

    @Test("an old event and a back-fill are told as historical")
    func historical() async throws {
        let world = try PipelineWorld()
        let moment = Timestamp(microseconds: 1_767_225_600_000_000)
        let records = [(0, false), (90_000, false), (0, true)].enumerated().map { place, event in
            EventHeader(
                source: "web",
                messageID: "m\(place)",
                type: .track,
                name: "Seen",
                timestamp: moment,
                receivedAt: Timestamp(microseconds: moment.microseconds + Int64(event.0) * 1_000_000),
                historical: event.1
            ).encode(event: Array(#"{"userId":"u"}"#.utf8))
        }
        _ = try await world.log.shared(with: "ingest").append(
            records.map { Record(value: $0, timestamp: 0) },
            to: Topic.events
        )
        try await world.settle()
        #expect(try await world.changes().flatMap(\.events).map(\.historical) == [false, true, true])
    }
}
