import Events
import Identity
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("What must not hold up those behind it", .onBothEngines)
struct PipelineFaultTests {
    @Test("two events under one id and at one time are taken in, whichever comes first", arguments: [1, 100])
    func twins(batch: Int) async throws {
        func event(_ type: EventType, plan: String) -> TestEvent {
            TestEvent("x", at: 5, type, #"{"anonymousId":"a","traits":{"email":"e@x.example","plan":"\#(plan)"}}"#)
        }
        var twins = [event(.identify, plan: "b"), event(.track, plan: "a")]
        // By the sender's clock they are hours apart, and so they are two.
        twins[1].clock = -10_800
        var graphs: [Portrayal] = []
        for events in [twins, twins.reversed()] {
            let world = try PipelineWorld()
            try world.restart(batch: batch)
            try await world.send(events)
            try await world.settle()
            graphs.append(try world.graph())
        }
        #expect(graphs[0] == graphs[1])
        #expect(graphs[0]["email:e@x.example"]?.events == 2)
    }

    @Test("a name that is too long for an index goes to the dead letters")
    func longNames() async throws {
        let world = try PipelineWorld()
        var random = Xorshift(1)
        var event = TestEvent("m1", at: 1, #"{"userId":"u1"}"#)
        event.name = String(
            (0..<10_000).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement(using: &random) ?? "a" }
        )
        try await world.send(event, TestEvent("m2", at: 2, #"{"userId":"u2"}"#))
        try await world.settle()
        #expect(try world.graph().profiles.map(\.members) == [["user:u2"]])
        #expect(try await world.deadLetters().map(\.code) == ["invalid_record"])
    }

    @Test("a record that the store never takes is looked for, and goes to the dead letters")
    func refusedByStore() async throws {
        let world = try PipelineWorld()
        try Self.refuseFaults(by: world.store)
        var events = (0..<20).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0)"}"#) }
        events[13].name = "fault"
        try await world.send(events)
        var failures = 0
        while true {
            do {
                try await world.settle()
                break
            } catch is BatchAtFault {
                failures += 1
                try #require(failures < 20)
            }
        }
        let users = events.indices.filter { $0 != 13 }.map { ["user:u\($0)"] }
        #expect(Set(try world.graph().profiles.map(\.members)) == Set(users))
        #expect(try await world.deadLetters().map(\.code) == ["unwritable"])
    }

    @Test("a store that takes nothing at all blames no more than a few records")
    func damagedStore() async throws {
        let world = try PipelineWorld()
        try await world.send(TestEvent("m0", at: 0, #"{"userId":"u0"}"#))
        try await world.settle()
        try Self.refuseEverybody(by: world.store)
        try await world.send((1...20).map { TestEvent("m\($0)", at: Int64($0), #"{"userId":"u\#($0)"}"#) })
        for _ in 0..<40 {
            await #expect(throws: (any Error).self) { try await world.settle() }
        }
        let codes = try await world.deadLetters().map(\.code)
        #expect(codes.count <= Quarantine.patience, "\(codes)")
    }

    /// Has a store refuse whoever is new, as a damaged one would.
    private static func refuseEverybody(by store: any BatchStore) throws {
        try store.write { try $0.execute("CREATE UNIQUE INDEX fault ON identifier ((namespace * 0))") }
    }

    /// Has a store refuse events that are called so, as a defect would.
    private static func refuseFaults(by store: any BatchStore) throws {
        try store.write { db in
            try db.execute("INSERT INTO event (id, type, name) VALUES (1000, 'page', 'fault')")
            try db.execute("CREATE UNIQUE INDEX fault ON event (name)")
        }
    }
}
