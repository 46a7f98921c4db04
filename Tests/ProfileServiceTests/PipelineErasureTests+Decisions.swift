import Events
import Identity
import MessageLog
import ServiceKit
import Testing
import Topics

@testable import ProfileService

extension PipelineErasureTests {
    @Test("forgets what people decided of the person, and does it once")
    func decisions() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@shop.example"),
            .mail("m2", at: 1, user: "bob", address: "bob@shop.example")
        )
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        let (ann, bob) = (Identifier("user", "ann"), Identifier("user", "bob"))
        try await world.decide(.decision(IdentityDecision(id: "d", verdict: .apart, left: ann, right: bob, word: word)))
        try await world.decide(
            .correction(TraitCorrection(id: "c", identifier: ann, trait: "plan", value: #""gold""#, word: word))
        )
        try await world.settle()
        #expect(try world.count("SELECT count(*) FROM decision") == 1)
        _ = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        #expect(try world.count("SELECT (SELECT count(*) FROM decision) + (SELECT count(*) FROM correction)") == 0)
        try world.restart()
        try await world.settle()
        let said = try await world.control().filter { if case .forgotten = $0 { true } else { false } }
        #expect(said.count == 1)
    }

    @Test(
        "forgets nobody else whom only what was decided of the person keeps apart",
        arguments: IdentityDecision.Verdict.allCases
    )
    func keptApart(verdict: IdentityDecision.Verdict) async throws {
        // The record has Bob's address, and is somebody else's; or Bob's address is Ann's.
        let isRecord = verdict == .apart
        let (ann, bob) = (Identifier(isRecord ? "crm.contact" : "user", "ann"), Identifier("user", "bob"))
        let names = #"{"externalIds":[{"type":"crm.contact","id":"ann"}]}"#
        let record = #"{"context":\#(names),"traits":{"email":"fam@x.example"}}"#
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "bob", address: "fam@x.example"),
            TestEvent("m2", at: 2, .identify, isRecord ? record : #"{"userId":"ann"}"#)
        )
        try await world.settle()
        let right = isRecord ? bob : Identifier("email", "fam@x.example")
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: verdict, left: ann, right: right, word: word))
        )
        try await world.consumer.drain()
        let graph = try world.graph()
        let before = try #require(graph["user:bob"])
        let forgotten = try await world.forget(try #require(graph[ann.description]).id)
        #expect(forgotten.forgotten.events == 1)
        #expect(try world.graph().profiles.map(\.members) == [before.members])
        #expect(try world.graph()["user:bob"]?.events == 1)
        #expect(try world.count("SELECT count(*) FROM decision") == 0)
    }

    @Test("what was decided of others holds after each restart, and tells of the person no more")
    func decidedOfOthers() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@shop.example"),
            TestEvent("m2", at: 2, #"{"userId":"bob"}"#),
            TestEvent("m3", at: 3, #"{"userId":"cyn"}"#)
        )
        try await world.settle()
        let word = Word(author: "eve", reason: "ann@shop.example knows", time: Timestamp(microseconds: 1))
        let (bob, cyn) = (Identifier("user", "bob"), Identifier("user", "cyn"))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .together, left: bob, right: cyn, word: word))
        )
        try await world.decide(
            .correction(TraitCorrection(id: "c", identifier: bob, trait: "plan", value: #""gold""#, word: word))
        )
        try await world.consumer.drain()
        _ = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        var book = ControlBook()
        for record in try await world.control() { book.apply(record) }
        let eraser = RecordEraser(Array(book.erasures.values), rules: Rules(), key: world.key)
        let before = try world.graph()
        #expect(before.profiles.map(\.members) == [["user:bob", "user:cyn"]])
        for isClean in [false, true, true] {
            if isClean { _ = try await world.log.rewrite(Topic.control) { eraser.replacement(of: $0)?.record } }
            #expect(try world.count("SELECT count(*) FROM decision WHERE author = 'eve' AND reason = 'erased'") == 1)
            #expect(try world.count("SELECT count(*) FROM correction WHERE author = 'eve' AND reason = 'erased'") == 1)
            try world.restart()
            try await world.settle()
            #expect(try world.graph() == before)
        }
    }

    @Test("what was said once the person may be known again stays as it was said")
    func decidedLater() async throws {
        let world = try PipelineWorld()
        try await world.send(.mail("m1", at: 1, user: "ann", address: "ann@shop.example"))
        try await world.settle()
        let (suppression, _) = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        func word(at time: Int64) -> Word {
            let moment = Timestamp(microseconds: TestEvent.microseconds(time))
            return Word(author: "eve", reason: "ann@shop.example is back", time: moment)
        }
        let (bob, cyn) = (Identifier("user", "bob"), Identifier("user", "cyn"))
        try await world.decide(.withdrawal(Withdrawal(id: suppression.id, word: word(at: 2000))))
        for (id, time) in [("d1", Int64(1999)), ("d2", 2000)] {
            try await world.decide(
                .decision(IdentityDecision(id: id, verdict: .apart, left: bob, right: cyn, word: word(at: time)))
            )
        }
        try await world.consumer.drain()
        for _ in 0..<2 {
            #expect(try world.count("SELECT count(*) FROM decision WHERE id = 'd1' AND reason = 'erased'") == 1)
            #expect(try world.count("SELECT count(*) FROM decision WHERE id = 'd2' AND reason LIKE 'ann@%'") == 1)
            try world.restart()
            try await world.settle()
        }
    }
}
