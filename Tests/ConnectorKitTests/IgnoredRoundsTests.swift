import Events
import Testing

@testable import ConnectorKit

@Suite("A declarative source with rounds for a stream that is ignored in part")
struct IgnoredRoundsTests {
    private let paged = rounds.replacing(
        "http: {url: 'https://shop.test'}",
        with: "http: {url: 'https://shop.test', errors: [{status: 503, as: ignore}]}"
    ).replacing(
        "request: GET /channels\n",
        with: "request: GET /channels\n    page: {cursor: .next, as: cursor}\n"
    )

    @Test("keeps the states of the rounds that it was not told of")
    func keepsStates() async throws {
        let world = World(.page([("c1", 1)], next: "p2"), .status(503), .page([]))
        let state: JSONValue = ["messages": ["each": ["c1": ["since": 1], "c2": ["since": 2]]]]
        let run = await world.run(try world.source(paged, ["streams": ["messages"]]), from: state)
        #expect(world.addresses == ["/channels", "/channels?cursor=p2", "/channels/c1/messages?since=1"])
        #expect(run.states == [state.text])
    }
}
