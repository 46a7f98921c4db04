import Curl
import Events
import Testing

@testable import ConnectorKit

@Suite("A stream that is read whole each time")
struct DeclarativeWholeTests {
    private let whole = shop.replacing("    since: {field: .updated, as: since, format: seconds}\n", with: "")

    /// Runs one after the other, each from the state that was kept last; how many events each of them gives.
    private func events(of world: World, runs: Int) async throws -> [Int] {
        let source = try world.source(whole)
        var (state, counts): (JSONValue?, [Int]) = (nil, [])
        for _ in 0..<runs {
            let run = await world.run(source, from: state)
            state = run.batches.last?.state ?? state
            counts.append(run.batches.map(\.events.count).reduce(0, +))
        }
        return counts
    }

    @Test("sends what is new or has changed since the run before")
    func sendsChanges() async throws {
        let world = World(
            .page([("a", 10), ("b", 20)]),
            .page([("b", 20), ("a", 10)]),
            .page([("a", 10), ("b", 21), ("c", 30)]),
            .page([("a", 10), ("b", 20)])
        )
        #expect(try await events(of: world, runs: 4) == [2, 0, 2, 1])
    }

    @Test("sends everything again in another process, and when it is to begin anew")
    func sendsAgain() async throws {
        let page = World.Reply.page([("a", 10), ("b", 20)])
        let world = World(page, page, page)
        let source = try world.source(whole)
        let state = await world.run(source).batches.last?.state
        #expect(await world.run(source).batches.map(\.events.count) == [2])
        #expect(await world.run(try world.source(whole), from: state).batches.map(\.events.count) == [2])
    }

    @Test("sends again what is there again, of a round that was gone")
    func forgetsRounds() async throws {
        let chat = rounds.replacing("    since: {field: .updated, as: since, format: seconds}\n", with: "")
            .replacing("events: empty", with: #"events: 'identify({"chat.user": .id}; {})'"#)
        let (both, one) = (World.Reply.page([("c1", 1), ("c2", 1)]), World.Reply.page([("c1", 1)]))
        let (ann, bob) = (World.Reply.page([("ann", 1)]), World.Reply.page([("bob", 1)]))
        let world = World(both, ann, bob, both, ann, bob, one, ann, both, ann, bob)
        let source = try world.source(chat, ["streams": ["messages"]])
        #expect(await world.runs(source, 4).counts == [2, 0, 0, 1])
    }

    @Test("neither loses nor repeats anything because of runs that fail")
    func failures() async throws {
        let world = World(
            .page([("a", 10)], next: "p2"),
            .failure(.invalidRequest("It was cut.")),
            .page([("b", 20)]),
            .failure(.invalidRequest("It was cut.")),
            .page([("a", 10)], next: "p2"),
            .page([("b", 20)])
        )
        #expect(try await events(of: world, runs: 4) == [1, 1, 0, 0])
    }

    @Test("sends again what could not be put on the log")
    func emitting() async throws {
        let page = World.Reply.page([("a", 10)])
        let world = World(page, page)
        let source = try world.source(whole)
        await #expect(throws: CancellationError.self) {
            try await source.read(from: nil) { _ in throw CancellationError() }
        }
        #expect(await world.run(source).batches.map(\.events.count) == [1])
    }

    @Test("sends what somebody has looked at meanwhile")
    func previews() async throws {
        let (before, after) = (World.Reply.page([("a", 10)]), World.Reply.page([("a", 11), ("b", 20)]))
        let world = World(before, after, after)
        let source = try world.source(whole)
        let state = await world.run(source).batches.last?.state
        try await source.forPreview.read(from: nil) { _ in }
        #expect(await world.run(source, from: state).batches.map(\.events.count) == [2])
    }

    @Test("puts a record aside once for as long as it does not change")
    func rejectsOnce() async throws {
        let world = World(.json(200, #"{"data":[{"updated":1}]}"#), .json(200, #"{"data":[{"updated":1}]}"#))
        let source = try world.source(whole)
        let first = await world.run(source)
        let second = await world.run(source, from: first.batches.last?.state)
        #expect([first, second].map { $0.batches.flatMap(\.rejected).count } == [1, 0])
    }
}

@Suite("A stream that is asked for what has changed")
struct DeclarativeBoundaryTests {
    @Test("sends once what is listed again, as it has the time from which on is asked, until it changes")
    func sendsOnce() async throws {
        let world = World(
            .page([("a", 10), ("b", 20)]),
            .page([("b", 20)]),
            .page([("b", 20), ("c", 20)]),
            .page([("b", 21), ("c", 20)])
        )
        let source = try world.source(shop)
        let (state, counts) = await world.runs(source, 4)
        #expect(counts == [2, 0, 1, 1])
        #expect(state?["customers"]?["since"]?.plainText == "21")
        #expect(world.addresses.dropFirst() == ["/customers?since=20", "/customers?since=20", "/customers?since=20"])
    }
}

extension World {
    /// Runs a source so often, each time from where the run before ended: where the last one did, and how many events each gave.
    fileprivate func runs(_ source: DeclarativeSource, _ times: Int) async -> (state: JSONValue?, counts: [Int]) {
        var (state, counts): (JSONValue?, [Int]) = (nil, [])
        for _ in 0..<times {
            let run = await run(source, from: state)
            #expect(run.failure == nil)
            state = run.batches.last?.state ?? state
            counts.append(run.batches.map(\.events.count).reduce(0, +))
        }
        return (state, counts)
    }
}
