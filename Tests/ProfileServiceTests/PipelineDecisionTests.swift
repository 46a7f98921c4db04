import Events
import Identity
import MessageLog
import Testing
import Topics

@testable import ProfileService

@Suite("What people decided, in the pipeline", .onBothEngines)
struct PipelineDecisionTests {
    private static func word(_ time: Int64) -> Word {
        Word(author: "eve", reason: "I know them", time: Timestamp(microseconds: TestEvent.microseconds(time)))
    }

    private static func decision(
        _ id: String,
        _ left: Identifier,
        _ right: Identifier,
        _ verdict: IdentityDecision.Verdict,
        at time: Int64 = 50
    ) -> ControlRecord {
        .decision(IdentityDecision(id: id, verdict: verdict, left: left, right: right, word: word(time)))
    }

    private static func correction(
        _ id: String,
        _ name: Identifier,
        _ value: String,
        at time: Int64 = 50
    ) -> ControlRecord {
        .correction(TraitCorrection(id: id, identifier: name, trait: "plan", value: value, word: word(time)))
    }

    private static func withdrawal(_ id: String) -> ControlRecord { .withdrawal(Withdrawal(id: id, word: word(60))) }

    private static let ann = Identifier("user", "ann")
    private static let bob = Identifier("user", "bob")

    private func world() async throws -> PipelineWorld {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "ann@shop.example"),
            .mail("m2", at: 2, user: "bob", address: "bob@shop.example")
        )
        try await world.settle()
        return world
    }

    // MARK: - One at a time

    @Test("joins what no event does, is told as the cause, and leaves nothing when it is taken back")
    func together() async throws {
        let world = try await world()
        let before = try world.graph()
        try await world.decide(Self.decision("d1", Self.ann, Self.bob, .together))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.members.count == 4)
        #expect(try world.graph()["user:ann"]?.events == 2)
        let change = try #require(try await world.changes().last)
        #expect(change.kind == .merged && change.events.isEmpty && change.formerIDs.count == 1)
        #expect(try world.count("SELECT count(*) FROM merge_log WHERE decision = 'd1' AND kind = 'merged'") == 1)
        try await world.decide(Self.withdrawal("d1"))
        try await world.consumer.drain()
        #expect(try world.graph() == before)
        #expect(try world.count("SELECT count(*) FROM merge_log WHERE decision = 'd1' AND kind = 'split'") == 2)
        #expect(try world.count("SELECT count(*) FROM merge_log WHERE withdrawn = 1 AND kind = 'split'") == 2)
        #expect(try world.count("SELECT count(*) FROM merge_log WHERE withdrawn = 1 AND kind = 'merged'") == 0)
    }

    @Test("parts what events join, and keeps it apart whatever comes")
    func apart() async throws {
        let world = try await world()
        try await world.decide(Self.decision("d1", Self.ann, Identifier("email", "ann@shop.example"), .apart))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.members == ["user:ann"])
        try await world.send(.mail("m3", at: 3, user: "ann", address: "ann@shop.example"))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.members == ["user:ann"])
    }

    @Test("holds of identifiers that are seen only later, and is meant in their normal form")
    func early() async throws {
        let world = try PipelineWorld()
        try await world.decide(Self.decision("d1", Self.ann, Identifier("email", "X@Shop.example"), .together))
        try await world.decide(Self.correction("c1", Self.ann, #""gold""#))
        try await world.settle()
        #expect(try world.graph().profiles == [])
        try await world.send(
            TestEvent("m1", at: 1, .identify, #"{"userId":"ann","traits":{"plan":"free"}}"#),
            TestEvent("m2", at: 2, .identify, #"{"anonymousId":"d","traits":{"email":"x@shop.example"}}"#)
        )
        try await world.consumer.drain()
        let profile = try #require(try world.graph()["user:ann"])
        #expect(profile.members == ["anonymous:d", "email:x@shop.example", "user:ann"])
        #expect(profile.traits.contains(#""plan":"gold""#))
    }

    @Test("a correction outranks later events until it is taken back, and one to null clears")
    func corrected() async throws {
        let world = try await world()
        try await world.decide(Self.correction("c1", Self.ann, #""gold""#))
        try await world.send(TestEvent("m9", at: 99, .identify, #"{"userId":"ann","traits":{"plan":"free"}}"#))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits.contains(#""plan":"gold""#) == true)
        let told = try await world.changes().count
        try await world.decide(Self.correction("c2", Self.ann, "null", at: 51))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits.contains("plan") == false)
        #expect(try await world.changes().count == told + 1)
        for id in ["c1", "c2"] { try await world.decide(Self.withdrawal(id)) }
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits.contains(#""plan":"free""#) == true)
    }

    @Test("takes a shared mailbox for somebody's, and gives it up again")
    func claimed() async throws {
        let world = try PipelineWorld()
        try await world.send(
            (1...7).map { .mail("m\($0)", at: Int64($0), user: "u\($0)", address: "info@shop.example") }
        )
        try await world.settle()
        let before = try world.graph()
        #expect(before["email:info@shop.example"]?.isShared == true)
        let mailbox = Identifier("email", "info@shop.example")
        try await world.decide(Self.decision("d1", mailbox, Identifier("user", "u3"), .together))
        try await world.consumer.drain()
        #expect(try world.graph()["user:u3"]?.members == ["email:info@shop.example", "user:u3"])
        try await world.decide(Self.withdrawal("d1"))
        try await world.consumer.drain()
        #expect(try world.graph() == before)
    }

    @Test("takes a shared mailbox for somebody's who is seen only later", arguments: [true, false])
    func claimedEarly(isLast: Bool) async throws {
        let world = try PipelineWorld()
        let mailbox = Identifier("email", "info@shop.example")
        try await world.decide(Self.decision("d1", mailbox, Identifier("user", "late"), .together))
        try await world.settle()
        let crowd = (1...7).map { TestEvent.mail("m\($0)", at: Int64($0), user: "u\($0)", address: mailbox.value) }
        let late = [TestEvent("m9", at: 9, .identify, #"{"userId":"late"}"#)]
        let subscription = TestEvent("m8", at: 8, #"{"anonymousId":"d","traits":{"email":"info@shop.example"}}"#)
        for events in isLast ? [crowd, late, [subscription]] : [late, crowd, [subscription]] {
            for event in events { try await world.send(event) }
            try await world.consumer.drain()
        }
        #expect(try world.graph()["user:late"]?.members == ["email:info@shop.example", "user:late"])
        #expect(try world.graph()["user:late"]?.events == 2)
        try await world.decide(Self.withdrawal("d1"))
        try await world.consumer.drain()
        let undecided = try PipelineWorld()
        try await undecided.send(crowd + late + [subscription])
        try await undecided.settle()
        #expect(try world.graph() == undecided.graph())
        // Into an older profile, which takes the place of the one that the mailbox was in.
        let older = TestEvent("m10", at: 0, .identify, #"{"userId":"late","anonymousId":"older"}"#)
        for each in [world, undecided] {
            try await each.send(older, .mail("m11", at: 11, user: "u1", address: mailbox.value))
            try await each.consumer.drain()
        }
        #expect(try world.graph() == undecided.graph())
    }

    @Test("of an identifier that is there no more joins nobody, and claims nothing")
    func goneBetween() async throws {
        let world = try PipelineWorld()
        let crowd = (1...7).map {
            TestEvent.mail("m\($0)", at: Int64($0), user: "u\($0)", address: "info@shop.example")
        }
        try await world.send(crowd)
        let copy = TestEvent("m8", at: 9, #"{"userId":"x"}"#, delay: 5)
        try await world.send([copy], from: "other")
        let between = Identifier("user", "x")
        for (id, other) in [("d1", Identifier("user", "u1")), ("d2", Identifier("user", "u2"))] {
            try await world.decide(Self.decision(id, other, between, .together))
        }
        try await world.decide(Self.decision("d3", Identifier("email", "info@shop.example"), between, .together))
        try await world.settle()
        #expect(try world.graph()["user:u1"]?.members.count == 4)
        let first = TestEvent("m8", at: 9, #"{"userId":"z"}"#)
        try await world.send(first)
        try await world.consumer.drain()
        let expected = try PipelineWorld()
        try await expected.send(crowd + [first])
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
    }

    @Test("who is set apart from a shared mailbox changes nothing, and nothing behind it is looked at")
    func apartFromShared() async throws {
        let world = try PipelineWorld()
        for place in 1...7 {
            try await world.send(.mail("m\(place)", at: Int64(place), user: "u\(place)", address: "info@shop.example"))
        }
        try await world.settle()
        let before = try world.graph()
        let mailbox = Identifier("email", "info@shop.example")
        try await world.decide(Self.decision("d1", mailbox, Identifier("user", "u3"), .apart))
        try await world.consumer.drain()
        #expect(try world.graph() == before)
        try await world.decide(Self.withdrawal("d1"))
        try await world.consumer.drain()
        #expect(try world.graph() == before)
    }

    @Test("what is decided twice, or taken in again by another process, changes nothing")
    func again() async throws {
        let world = try await world()
        let record = Self.decision("d1", Self.ann, Self.bob, .together)
        for _ in 0..<2 { try await world.decide(record) }
        try await world.consumer.drain()
        let told = try await world.changes()
        try world.restart()
        try await world.settle()
        #expect(try await world.changes() == told)
    }

    // MARK: - Any order

    /// Decisions, corrections and withdrawals about the people of random events.
    private static func records(_ random: inout Xorshift) -> [ControlRecord] {
        var records: [ControlRecord] = []
        for place in 0..<Int.random(in: 1...6, using: &random) {
            let (left, right) = (name(&random), name(&random))
            let time = Int64.random(in: 1...60, using: &random)
            if left != right {
                let verdict = IdentityDecision.Verdict.allCases.randomElement(using: &random) ?? .apart
                records.append(decision("d\(place)", left, right, verdict, at: time))
            }
            records.append(correction("c\(place)", left, ["null", "1", #""x""#][place % 3], at: time))
            if Bool.random(using: &random) { records.append(withdrawal("d\(place)")) }
            if Bool.random(using: &random) { records.append(withdrawal("c\(place)")) }
        }
        return records
    }

    private static func name(_ random: inout Xorshift) -> Identifier {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Identifier("user", "u\(Int.random(in: 1...8, using: &random))")
        case 1: Identifier("anonymous", "d\(Int.random(in: 1...3, using: &random))")
        case 2: Identifier("email", "m\(Int.random(in: 1...3, using: &random))@shop.example")
        default: Identifier("phone", "+120155501\(Int.random(in: 10...12, using: &random))")
        }
    }

    @Test(
        "whenever it is decided among the events, the outcome is the same, and that of a rebuild",
        arguments: Seeds.from(count: 30)
    )
    func orderFree(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = PipelineIdentityTests.variedEvents(&random)
        let records = Self.records(&random)
        let expected = try PipelineWorld()
        for record in records { try await expected.decide(record) }
        try await expected.send(events)
        try await expected.settle()
        for round in 0..<3 {
            let world = try RebuildWorld()
            try world.restart(batch: [1, 5, 100][round])
            try await world.settle()
            try await Self.mix(events.shuffled(using: &random), records.shuffled(using: &random), &random, world)
            for graph in [try world.graph(), try await Self.rebuilt(world)] {
                let (found, missing) = graph.differences(from: try expected.graph())
                #expect(found == [], "round \(round)")
                #expect(missing == [], "round \(round)")
            }
        }
    }

    private static func mix(
        _ events: [TestEvent],
        _ records: [ControlRecord],
        _ random: inout Xorshift,
        _ world: RebuildWorld
    ) async throws {
        var (events, records) = (events[...], records[...])
        while !events.isEmpty || !records.isEmpty {
            if records.isEmpty || !events.isEmpty && Bool.random(using: &random) {
                let part = events.prefix(.random(in: 1...20, using: &random))
                try await world.send(Array(part))
                events = events.dropFirst(part.count)
            } else if let record = records.popFirst() {
                try await world.decide(record)
            }
            try await world.process.consumer.drain()
        }
    }

    private static func rebuilt(_ world: RebuildWorld) async throws -> Portrayal {
        let status = try await world.rebuild(by: Rules())
        #expect(status.state == .done)
        return try world.graph()
    }
}

extension PipelineWorld {
    /// Puts a record on `control`.
    func decide(_ record: ControlRecord) async throws {
        _ = try await log.append([record.record(at: Timestamp(microseconds: 1))], to: Topic.control)
    }
}

extension RebuildWorld {
    /// Puts a record on `control`.
    func decide(_ record: ControlRecord) async throws {
        _ = try await log.append([record.record(at: Timestamp(microseconds: 1))], to: Topic.control)
    }
}
