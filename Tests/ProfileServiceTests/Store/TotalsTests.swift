import Store
import Testing

@testable import ProfileService

@Suite("Totals")
struct TotalsTests {
    @Test("are right from the first batch on in a store in which nobody has kept count")
    func begun() async throws {
        let world = try PipelineWorld()
        try await world.send([
            TestEvent("a", at: 1, #"{"userId":"ada","anonymousId":"x"}"#),
            TestEvent("b", at: 2, #"{"userId":"bob"}"#),
        ])
        try await world.settle()
        let kept = try Self.totals(world)
        #expect(kept.identifiers == 3 && kept.profiles == 2)
        try Self.begin(world)
        #expect(try Self.totals(world) == kept)
        try await world.send(TestEvent("c", at: 3, #"{"userId":"bob","anonymousId":"x"}"#))
        try await world.settle()
        // Looking at it checks that they agree with what is there.
        _ = try world.graph()
    }

    private static func totals(_ world: PipelineWorld) throws -> Totals {
        try world.store.read { try Totals(in: $0) }
    }

    private static func begin(_ world: PipelineWorld) throws {
        try world.store.write { db in
            try db.execute("DELETE FROM total")
            try Totals.begin(in: db)
        }
    }
}
