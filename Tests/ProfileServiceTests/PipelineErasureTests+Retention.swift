import Events
import Identity
import MessageLog
import Testing
import Topics

@testable import ProfileService

extension PipelineErasureTests {
    @Test("an address that just one too many had is somebody's again, also where the log has their events no more")
    func oneTooMany() async throws {
        var rules = Rules()
        rules.degreeLimit = 4
        let world = try PipelineWorld(rules: rules)
        try await world.send(
            (1...5).map { number in
                let event = #"{"anonymousId":"d\#(number)","traits":{"email":"x@shop.example"}}"#
                return TestEvent("m\(number)", at: Int64(number), event)
            }
        )
        try await world.settle()
        let graph = try world.graph()
        #expect(graph["email:x@shop.example"]?.isShared == true)
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: TestEvent.microseconds(9))
        _ = try await world.forget(try #require(graph["anonymous:d1"]).id)
        let address = try #require(try world.graph()["email:x@shop.example"])
        let devices = (2...5).map { "anonymous:d\($0)" }
        #expect(address.members == devices + ["email:x@shop.example"])
        #expect(address.events == 4 && address.timeline.count == 4)
    }
}
