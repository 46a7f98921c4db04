import Events
import Identity
import Testing

@testable import ProfileService

@Suite("Devices that are taken in turns, in the pipeline", .onBothEngines)
struct PipelineDeviceTests {
    @Test("what happened on a shared device is whose turn it was once so many have gone that it is divided")
    func sharedNoMore() async throws {
        let onDevice = #""context":{"device":{"id":"K"}}"#
        func login(_ number: Int, id: String? = nil, delay: Int64 = 0) -> TestEvent {
            let event = #"{"userId":"u\#(number)",\#(onDevice)}"#
            return TestEvent(id ?? "l\(number)", at: Int64(number), event, delay: delay)
        }
        let events =
            (1...5).map { login($0) } + [
                TestEvent("m8", at: 3, #"{"anonymousId":"a",\#(onDevice)}"#),
                TestEvent("m9", at: 0, #"{"userId":"u9","anonymousId":"a"}"#),
            ]
        let world = try PipelineWorld()
        try await world.send(events + [login(6, delay: 9)])
        try await world.settle()
        #expect(try world.graph()["device:K"]?.isShared == true)
        // The sixth never was there: a copy that came before says something else.
        let copy = TestEvent("l6", at: 6, #"{"userId":"u6"}"#)
        try await world.send([copy], from: "other")
        try await world.consumer.drain()
        let expected = try PipelineWorld()
        try await expected.send(events + [copy])
        try await expected.settle()
        let (found, missing) = try world.graph().differences(from: expected.graph())
        #expect(found == [])
        #expect(missing == [])
    }

    @Test(
        "a login that is nobody's has its turns all the same, in whatever order they become known",
        arguments: 0..<6,
        ["", #","traits":{"email":"m@x.example"}"#, #","context":{"device":{"id":"D"}}"#]
    )
    func nobodysLogin(order: Int, alsoNaming other: String) async throws {
        // Many have this login, and each has a device of their own.
        let many = (1...5).map { TestEvent.login("g\($0)", at: 1, user: "till", device: "d\($0)") }
        let till = #"{"userId":"till","anonymousId":"d"\#(other)}"#
        let turns = [
            TestEvent("t1", at: 2, till), .login("t2", at: 3, user: "ann", device: "d"), TestEvent("t3", at: 4, till),
        ]
        let last = TestEvent("m", at: 5, #"{"anonymousId":"d"}"#)
        var rules = Rules()
        rules.degreeLimit = 4
        let expected = try PipelineWorld(rules: rules)
        try await expected.send(many + turns + [last])
        try await expected.settle()
        #expect(try expected.graph()["user:till"]?.isShared == true)
        let world = try PipelineWorld(rules: rules)
        try world.restart(batch: 1)
        let places = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][order]
        try await world.send(many + places.map { turns[$0] } + [last])
        try await world.settle()
        let (found, missing) = try world.graph().differences(from: expected.graph())
        #expect(found == [])
        #expect(missing == [])
    }

    @Test("what was seen before 1970 on a device is the same one's, before or after it is divided")
    func before1970() async throws {
        let begin = -TestEvent.microseconds(0) / 1_000_000
        let events = [
            TestEvent("m", at: begin - 150, #"{"anonymousId":"d","traits":{"plan":"x"}}"#),
            .login("l1", at: begin + 100, user: "ann", device: "d"),
            .login("l2", at: begin + 200, user: "bob", device: "d"),
        ]
        let (world, other) = (try PipelineWorld(), try PipelineWorld())
        for (world, events) in [(world, events), (other, events.reversed())] {
            try world.restart(batch: 1)
            try await world.send(events)
            try await world.settle()
        }
        #expect(try world.graph() == other.graph())
    }
}
