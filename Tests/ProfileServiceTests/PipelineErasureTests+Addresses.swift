import Identity
import Testing

@testable import ProfileService

extension PipelineErasureTests {
    @Test(
        "takes the person's address out of what others are known by, also in another namespace of mail",
        arguments: [["workmail", "email"], ["email", "workmail"]]
    )
    func namesakesInMail(namespaces: [String]) async throws {
        func seen(_ user: String, as namespace: String, at time: Int64) -> TestEvent {
            let names = #"{"externalIds":[{"type":"\#(namespace)","id":"ann@x.example"}]}"#
            return TestEvent("m\(time)", at: time, #"{"userId":"\#(user)","context":\#(names)}"#)
        }
        var rules = Rules()
        rules.namespaces["workmail"] = NamespaceRule(priority: 42, normalization: .email)
        let world = try PipelineWorld(rules: rules)
        try await world.send(seen("ann", as: namespaces[0], at: 1), seen("bob", as: namespaces[1], at: 2))
        try await world.settle()
        let members = try world.graph()["user:bob"]?.members ?? []
        #expect(Set(members) == ["\(namespaces[1]):ann@x.example", "user:bob"])
        _ = try await world.forget(try #require(try world.graph()["user:ann"]).id)
        // As the log has it from then on.
        #expect(try world.graph().profiles.map(\.members) == [["user:bob"]])
        #expect(try world.graph()["user:bob"]?.events == 1)
    }
}
