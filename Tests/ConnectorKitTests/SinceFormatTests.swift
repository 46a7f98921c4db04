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

    @Test("says that no record has what it should go on by", arguments: [#"{"id":"a"}"#, #"{"id":"a","updated":""}"#])
    func missing(record: String) async throws {
        let world = World(.json(200, #"{"data":[\#(record)],"next":"p2"}"#), .page([]))
        let source = try world.source(shop)
        let run = await world.run(source)
        #expect(run.failure?.kind == .system)
        #expect(run.failure?.retryAfter == source.interval)
        let problem = "customers: The field of “since” has no value in any record. "
        #expect(run.failure?.problem.hasPrefix(problem) == true, "\(run.failure?.problem ?? "")")
    }

    @Test("says nothing where a later page has it, where there is no record, and once it has come somewhere")
    func found() async throws {
        let none = World.Reply.json(200, #"{"data":[{"id":"a"}]}"#)
        let begun = World.Reply.json(200, #"{"data":[{"id":"a"}],"next":"p2"}"#)
        let world = World(.page([]), begun, .page([("b", 20)]), none)
        let source = try world.source(shop)
        #expect(await world.run(source).failure == nil)
        let run = await world.run(source)
        #expect(run.failure == nil)
        #expect(await world.run(source, from: run.batches.last?.state).failure == nil)
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
