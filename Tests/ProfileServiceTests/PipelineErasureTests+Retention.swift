import Events
import Identity
import MessageLog
import TestKit
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

    @Test("a page that is called as a sign-out ends no login, also where the log has it no more")
    func pageOfThatName() async throws {
        let world = try PipelineWorld()
        var page = TestEvent("m2", at: 2, .page, #"{"anonymousId":"d"}"#)
        page.name = "Logout"
        try await world.send(
            .login("m1", at: 1, user: "ann", device: "d"),
            page,
            TestEvent("m3", at: 3, #"{"anonymousId":"d"}"#)
        )
        try await world.settle()
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: TestEvent.microseconds(9))
        try await world.send(
            .login("m4", at: 5, user: "bob", device: "d"),
            .login("m5", at: 7, user: "cyn", device: "d")
        )
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.events == 3)
        _ = try await world.forget(try #require(try world.graph()["user:bob"]).id)
        let ann = try #require(try world.graph()["user:ann"])
        #expect(ann.members == ["anonymous:d@ann", "user:ann"])
        #expect(ann.events == 3)
    }

    private static let both = #"{"anonymousId":"d","traits":{"email":"ann@shop.example"}}"#

    /// A store that knows a device and an address from an event that the log has no more.
    private func worldThatSawBoth() async throws -> PipelineWorld {
        let world = try PipelineWorld()
        try await world.send(TestEvent("m1", at: 1, Self.both))
        try await world.settle()
        try await world.log.applyRetention(Retention(bytes: 0), to: Topic.events, now: TestEvent.microseconds(9))
        return world
    }

    @Test("what an event said of a device is known by a weaker one as well, also where the log has that no more")
    func weakerEvidence() async throws {
        let world = try await worldThatSawBoth()
        var stronger = TestEvent("m2", at: 2, .identify, Self.both)
        stronger.delay = 5
        try await world.send(stronger)
        try await world.consumer.drain()
        // The copy that was received first says less.
        try await world.send(TestEvent("m2", at: 2, .identify, #"{"anonymousId":"d"}"#))
        try await world.consumer.drain()
        let ann = try #require(try world.graph()["anonymous:d"])
        #expect(ann.members == ["anonymous:d", "email:ann@shop.example"])
        #expect(ann.events == 2)
    }

    @Test("of a person who is forgotten no evidence is left, also of what the log has no more")
    func nothingLeft() async throws {
        let world = try await worldThatSawBoth()
        // Who logged in on the device is two, so that it is not joined the quick way.
        try await world.send(
            TestEvent("m2", at: 2, .identify, Self.both),
            .login("m3", at: 3, user: "bob", device: "d"),
            .login("m4", at: 4, user: "cyn", device: "d")
        )
        try await world.consumer.drain()
        _ = try await world.forget(try #require(try world.graph()["email:ann@shop.example"]).id)
        #expect(try world.graph()["email:ann@shop.example"] == nil)
        let left = "SELECT count(*) FROM sighting s WHERE NOT EXISTS (SELECT 1 FROM identifier i WHERE i.id = s."
        #expect(try world.count(left + "identifier)") + world.count(left + "other)") == 0)
    }
}
