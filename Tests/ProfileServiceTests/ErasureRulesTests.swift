import Events
import Identity
import IdentityRules
import Logging
import MessageLog
import ServiceKit
import TestKit
import Testing
import Topics

@testable import ProfileService

@Suite("Forgetting a person by rules that are not those of before or after", .onBothEngines)
struct ErasureRulesTests {
    private static let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
    private static let folding = rules { $0.foldsMailboxes = true }

    private static func rules(_ change: (inout Rules) -> Void) -> Rules {
        var rules = Rules()
        change(&rules)
        return rules
    }

    @Test("it is said by which rules the store went, and what was decided by others is forgotten as well")
    func said() async throws {
        let world = try PipelineWorld(rules: Self.folding)
        try await world.send(
            .mail("m1", at: 1, user: "bob", address: "bo.b@gmail.com"),
            TestEvent("m2", at: 2, #"{"userId":"cyn"}"#)
        )
        let (bob, cyn) = (Identifier("email", "b.o.b@gmail.com"), Identifier("user", "cyn"))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .apart, left: bob, right: cyn, word: Self.word))
        )
        try await world.settle()
        #expect(try world.count("SELECT count(*) FROM decision") == 1)
        let (suppression, forgotten) = try await world.forget(try #require(try world.graph()["user:bob"]).id)
        #expect(suppression.identifiers.contains(Identifier("email", "bob@gmail.com")))
        #expect(forgotten.rules == "foldMailboxes: true\n")
        #expect(try world.count("SELECT count(*) FROM decision") == 0)
        #expect(try world.graph().profiles.map(\.members) == [["user:cyn"]])
    }

    @Test("a rebuild by rules that make something else of an address does not bring the person back")
    func rebuilt() async throws {
        let world = try RebuildWorld()
        try await world.send([
            .mail("m1", at: 1, user: "bob", address: "b.o.b@gmail.com"), TestEvent("m2", at: 2, #"{"userId":"cyn"}"#),
        ])
        try await world.settle()
        let id = try #require(try world.graph()["user:bob"]).id
        var suppression = try PipelineWorld.suppression(of: id, in: world.process.inUse.view, key: world.key)
        suppression.foldedHashes = world.key.foldedHashes(of: suppression.identifiers, by: Rules())
        try await world.decide(.suppression(suppression))
        try await world.process.consumer.drain()
        try await world.process.consumer.drain()
        func visit(_ id: String, at time: Int64, _ address: String) -> TestEvent {
            TestEvent(id, at: time, .identify, #"{"anonymousId":"\#(id)","traits":{"email":"\#(address)"}}"#)
        }
        try await world.send([visit("m3", at: 3, "b.o.b@gmail.com")])
        try await world.process.consumer.drain()
        #expect(try await world.rebuild(by: Self.folding).state == .done)
        #expect(try world.graph().profiles.map(\.members) == [["user:cyn"]])
        try await world.send([visit("m4", at: 4, "B.o.b@gmail.com"), visit("m5", at: 5, "bob@gmail.com")])
        try await world.process.consumer.drain()
        #expect(try world.graph().profiles.map(\.members) == [["user:cyn"]])
    }

    @Test("what is taken in is judged by the rules from then as well, until that is lifted")
    func passed() async throws {
        let world = try PipelineWorld()
        let suppression = Suppression(
            id: "s",
            hashes: [world.key.hash(of: Identifier("phone", "+821012345678"))],
            identifiers: [],
            profileIDs: [],
            word: Self.word
        )
        let event = TestEvent("m1", at: 1, .identify, #"{"anonymousId":"x","traits":{"phone":"010-1234-5678"}}"#)
        let envelope = try EventEnvelope(decoding: event.record.value)
        func isTakenIn(_ rules: String?, liftedAt time: Int64? = nil) throws -> Bool {
            var book = ControlBook()
            let forgotten = Forgotten(suppression: "s", events: 1, messages: [], rules: rules, time: Self.word.time)
            book.apply(.suppression(suppression))
            book.apply(.forgotten(forgotten))
            if let time {
                let word = Word(author: "eve", reason: "", time: Timestamp(microseconds: TestEvent.microseconds(time)))
                book.apply(.withdrawal(Withdrawal(id: "s", word: word)))
            }
            let events = try #require(SuppressedEvents(book, forgotten: [], key: world.key, rules: Rules()))
            return events.passed(envelope) != nil
        }
        #expect(try !isTakenIn("country: \"KR\"\n"))
        #expect(try !isTakenIn("country: \"KR\"\n", liftedAt: 2))
        #expect(try isTakenIn("country: \"KR\"\n", liftedAt: 1))
        #expect(try isTakenIn(nil))
        #expect(try isTakenIn("country: nowhere\n"))
    }

    @Test("by the rules from when one person was forgotten nobody's events go who was forgotten by others")
    func others() throws {
        let world = try PipelineWorld()
        var book = ControlBook()
        for (id, address, rules) in [
            ("s1", "zed@gmail.com", "foldMailboxes: true\n"), ("s2", "ann@gmail.com", ""),
        ] {
            let hashes = [world.key.hash(of: Identifier("email", address))]
            book.apply(
                .suppression(
                    Suppression(id: id, hashes: hashes, identifiers: [], profileIDs: [], word: Self.word)
                )
            )
            book.apply(
                .forgotten(Forgotten(suppression: id, events: 1, messages: [], rules: rules, time: Self.word.time))
            )
        }
        func isTakenIn(_ address: String, by rules: Rules) throws -> Bool {
            let event = TestEvent("m1", at: 1, .identify, #"{"anonymousId":"x","traits":{"email":"\#(address)"}}"#)
            let events = try #require(SuppressedEvents(book, forgotten: [], key: world.key, rules: rules))
            return events.passed(try EventEnvelope(decoding: event.record.value)) != nil
        }
        #expect(try isTakenIn("a.nn@gmail.com", by: Rules()))
        #expect(try !isTakenIn("ann@gmail.com", by: Rules()))
        #expect(try !isTakenIn("z.ed@gmail.com", by: Rules()))
        // Where they are in effect they make one mailbox of the two.
        #expect(try !isTakenIn("a.nn@gmail.com", by: Self.folding))
    }

    @Test("of what the log is about to lose nothing is taken in, and all that it is to keep", arguments: [true, false])
    func aboutToGo(isTheirs: Bool) throws {
        let world = try PipelineWorld()
        let bob = Identifier("email", "bob@shop.example")
        let strong = Self.rules { $0.namespaces["email"]?.priority = 5 }
        func passed(identifiers: [Identifier]) throws -> EventEnvelope? {
            let hashes = [world.key.hash(of: bob)]
            var book = ControlBook()
            book.apply(
                .suppression(
                    Suppression(id: "s", hashes: hashes, identifiers: identifiers, profileIDs: [], word: Self.word)
                )
            )
            let rules = isTheirs ? strong.briefText : ""
            book.apply(
                .forgotten(Forgotten(suppression: "s", events: 1, messages: [], rules: rules, time: Self.word.time))
            )
            let event = #"{"userId":"cyn","traits":{"email":"bob@shop.example"}}"#
            let envelope = try EventEnvelope(decoding: TestEvent("m1", at: 1, .identify, event).record.value)
            let now = isTheirs ? Rules() : strong
            return try #require(SuppressedEvents(book, forgotten: [], key: world.key, rules: now)).passed(envelope)
        }
        let rest = #"{"userId":"cyn","traits":{}}"#
        let taken = try passed(identifiers: [bob])
        #expect(taken.map { String(decoding: $0.event.raw, as: UTF8.self) } == (isTheirs ? nil : rest))
        // Once the log is clean the rules in effect say whose it is.
        #expect(try (passed(identifiers: []) == nil) == !isTheirs)
    }

    @Test("once the log is clean nothing is kept of the rules but what they make of values")
    func stripped() async throws {
        let log = InMemoryLog(producer: "profile")
        let rules = """
            country: "KR"
            namespaces:
              "email": {junk: ["ann@example.com"]}
            signOutEvents: ["bye"]

            """
        let forgotten = Forgotten(suppression: "s", events: 1, messages: ["0f"], rules: rules, time: Self.word.time)
        let record = ControlRecord.forgotten(forgotten).record(at: Self.word.time)
        _ = try await log.append([record], to: Topic.control)
        try await ErasureKeeper.strip(["s"], from: log, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let lane = Partition(topic: Topic.control, name: "profile")
        let left = try await log.read(lane, from: 0, maxRecords: 10, maxBytes: 1 << 20)
        let expected = Forgotten(
            suppression: "s",
            events: 1,
            messages: [],
            rules: "country: \"KR\"\n",
            time: Self.word.time
        )
        #expect(try left.map { try ControlRecord(decoding: $0.record.value) } == [.forgotten(expected)])
    }
}
