import Events
import Testing

@testable import ConnectorKit

@Suite("What is told of a declarative source that fails")
struct FailureTests {
    @Test("is found by asking once where it is only checked, since somebody waits", arguments: [429, 503])
    func checksOnce(status: Int) async throws {
        let world = World(.status(status))
        let source = try world.source(shop)
        let checks = await source.checks()
        #expect(checks.map { $0.failure?.mayPass } == [true])
        #expect(world.addresses.count == 1 && world.sleeps.isEmpty)
    }

    @Test("names the value of the round, and the others are read")
    func namesRound() async throws {
        let world = World(.status(404), .page([("b", 20)]))
        let source = try world.source(rounds, ["channels": ["c1", "c2"], "streams": ["listed"]])
        let run = await world.run(source)
        #expect(run.failure?.problem == "listed of “c1”: The server answered 404.")
        #expect(run.states.last == #"{"listed":{"each":{"c2":{"since":20}}}}"#)
    }
}
