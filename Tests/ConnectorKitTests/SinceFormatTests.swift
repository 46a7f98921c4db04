import Testing

@testable import ConnectorKit

@Suite("What a declarative source goes on by")
struct SinceFormatTests {
    @Test("says that what it should go on by is of another format, once all is read")
    func misfit() async throws {
        let record = #"{"id":"a","updated":"2025-11-28T00:00:00Z"}"#
        let world = World(.json(200, #"{"data":[\#(record)],"next":"p2"}"#), .page([]))
        let source = try world.source(shop)
        let run = await world.run(source)
        #expect(world.addresses == ["/customers", "/customers?cursor=p2"])
        #expect(run.batches.map(\.events.count) == [1, 0])
        #expect(run.failure?.kind == .system)
        // All of it is read again by the interval, and not as soon as what failed is tried again.
        #expect(run.failure?.retryAfter == source.interval)
        #expect(source.interval != nil)
        let problem = "customers: “since” has the format “seconds”, and its field gives “2025-11-28T00:00:00Z”."
        #expect(run.failure?.problem.hasPrefix(problem) == true, "\(run.failure?.problem ?? "")")
    }

    @Test("minds no single record whose time is of another format, or that has none", arguments: odd)
    func oddOnes(updated: String) async throws {
        let world = World(.json(200, #"{"data":[{"id":"a","updated":\#(updated)},{"id":"b","updated":20}]}"#))
        let run = await world.run(try world.source(shop))
        #expect(run.failure == nil)
        #expect(run.states == [#"{"customers":{"since":20}}"#])
    }
}

private let odd = [#""never""#, #""""#, "null"]
