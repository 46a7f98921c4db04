import Events
import FoundationEssentials
import Identity
import Store
import Testing
import Topics

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

    @Test(
        "the id of somebody's time on a device leads to the device once that is everybody's, until they are forgotten"
    )
    func partIsGone() async throws {
        var rules = Rules()
        rules.namespaces["anonymous"]?.shareThreshold = 2
        let world = try PipelineWorld(rules: rules)
        func turn(_ number: Int64) -> [TestEvent] {
            [
                .login("l\(number)", at: 10 * number, user: "u\(number)", device: "kiosk"),
                TestEvent("m\(number)", at: 10 * number + 1, #"{"anonymousId":"kiosk"}"#),
            ]
        }
        func key(_ id: String) throws -> Data {
            let key = try #require(PublicID.key(of: id))
            return try world.store.read { try HeirRows.key(of: key, in: $0) }
        }
        try await world.send(turn(1) + turn(2))
        try await world.settle()
        let (user, kiosk) = (Identifier("user", "u1"), Identifier("anonymous", "kiosk"))
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: 1))
        try await world.decide(
            .decision(IdentityDecision(id: "d", verdict: .apart, left: user, right: kiosk, word: word))
        )
        try await world.consumer.drain()
        let part = try #require(try world.graph().profiles.first { $0.members == ["anonymous:kiosk@u1"] })
        try await world.send(turn(3))
        try await world.consumer.drain()
        let device = try #require(try world.graph()["anonymous:kiosk"])
        #expect(device.isShared)
        #expect(try key(part.id) == PublicID.key(of: device.id))
        let told = try await world.changes().filter { $0.formerIDs == [part.id] }
        #expect(told.map(\.profileID) == [device.id])
        #expect(told.map(\.kind) == [.merged])
        // What led to them is forgotten with them.
        _ = try await world.forget(try #require(try world.graph()["user:u1"]).id)
        #expect(try key(part.id) == PublicID.key(of: part.id))
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

    @Test("an address of two who share a device takes its events along where another of its profile is one of them")
    func leftByNewcomers() async throws {
        func seen(_ id: String, at time: Int64, with traits: String) -> TestEvent {
            TestEvent(id, at: time, "{\"anonymousId\":\"kiosk\",\"traits\":{\(traits)}}")
        }
        let (address, phone) = (#""email":"fam@x.example""#, #""phone":"+12015550123""#)
        let graph = try await Self.expectSame(
            [
                .login("m1", at: 1, user: "ann", device: "kiosk"), .login("m2", at: 5, user: "bob", device: "kiosk"),
                TestEvent("m3", at: 2, "{\"traits\":{\(address)}}"),
            ],
            then: [
                seen("m4", at: 3, with: address), seen("m5", at: 6, with: address), seen("m6", at: 4, with: phone),
                TestEvent("m7", at: 7, "{\"traits\":{\(address),\(phone)}}"),
            ]
        )
        #expect(graph["user:ann"]?.members.contains("phone:+12015550123") == true)
        #expect(graph["email:fam@x.example"]?.isShared == true)
        for profile in graph.profiles { #expect(profile.timeline.count == Int(profile.events), "\(profile)") }
    }

    @Test("what a login that is nobody's has of several devices is called by the one that was seen first")
    func calledByDevice() async throws {
        let events: [TestEvent] = [
            TestEvent("m1", at: 1, #"{"userId":"old","anonymousId":"a",\#(Self.onPhone)}"#),
            TestEvent("m2", at: 2, #"{"anonymousId":"a",\#(Self.onPhone)}"#),
            TestEvent("m3", at: 3, #"{"userId":"bob","anonymousId":"a",\#(Self.onPhone)}"#),
        ]
        let earlier = TestEvent("m4", at: 0, "{\(Self.onPhone)}")
        let graph = try await Self.expectSame(events + Self.takenOver, then: [earlier])
        #expect(graph["anonymous:a@old"]?.members == ["anonymous:a@old", "device:K@old"])
    }

    @Test("what a login that is nobody's has of several devices keeps its name when one of them is no longer of it")
    func calledAsBefore() async throws {
        let events: [TestEvent] = [
            TestEvent("m1", at: 0, "{\(Self.onPhone)}"), .login("m2", at: 1, user: "old", device: "a"),
            TestEvent("m3", at: 5, #"{"userId":"old",\#(Self.onPhone)}"#),
            TestEvent("m4", at: 6, #"{"userId":"old","anonymousId":"b"}"#, delay: 9),
            TestEvent("m5", at: 7, #"{"anonymousId":"a",\#(Self.onPhone)}"#),
            TestEvent("m6", at: 8, #"{"anonymousId":"b",\#(Self.onPhone)}"#),
            .login("m7", at: 9, user: "bob", device: "a"), .login("m8", at: 9, user: "bob", device: "b"),
            TestEvent("m9", at: 9, #"{"userId":"bob",\#(Self.onPhone)}"#),
            .login("m10", at: 10, user: "cyn", device: "b"),
        ]
        // A copy that came before says nothing of the login.
        let copy = TestEvent("m4", at: 6, #"{"anonymousId":"b"}"#)
        let graph = try await Self.expectSame(events + Self.takenOver, then: [copy])
        #expect(graph["anonymous:a@old"]?.members == ["anonymous:a@old", "device:K@old"])
    }

    @Test("why evidence on a device is rejected does not depend on when more of it comes")
    func whyRejected() async throws {
        func customer(_ id: String, at time: Int64, _ value: String, device: String) -> TestEvent {
            let names = #""context":{"externalIds":[{"id":"\#(value)","type":"shop.customer"}]}"#
            return TestEvent(id, at: time, #"{"anonymousId":"\#(device)",\#(names)}"#)
        }
        func address(_ id: String, at time: Int64, device: String) -> TestEvent {
            TestEvent(id, at: time, #"{"anonymousId":"\#(device)","traits":{"email":"fam@x.example"}}"#)
        }
        let events: [TestEvent] = [
            .login("m1", at: 1, user: "ann", device: "d"), customer("m2", at: 2, "c1", device: "d"),
            customer("m3", at: 3, "c2", device: "e"), .mail("m4", at: 4, user: "bob", address: "fam@x.example"),
            address("m5", at: 5, device: "d"), address("m6", at: 6, device: "e"),
        ]
        // By then the address is another customer's as well.
        let graph = try await Self.expectSame(events, then: [address("m7", at: 7, device: "d")])
        #expect(graph.rejected == ["d fam@x.example user"])
    }

    private static let onPhone = #""context":{"device":{"id":"K"}}"#

    /// So many have this name from others that it is nobody's.
    private static let takenOver: [TestEvent] = (1...6).map { number in
        TestEvent("a\(number)", at: Int64(10 + number), .alias, #"{"userId":"u\#(number)","previousId":"old"}"#)
    }

    @Test("of two who log in at one moment, who has the device has also what was seen on it before and is again")
    func sameMoment() async throws {
        func seen(_ id: String, at time: Int64) -> TestEvent {
            TestEvent(id, at: time, #"{"anonymousId":"d","traits":{"email":"bob@shop.example"}}"#)
        }
        let logins = [
            TestEvent.login("m1", at: 5, user: "ann", device: "d"), .login("m2", at: 5, user: "bob", device: "d"),
        ]
        let graph = try await Self.expectSame(logins + [seen("m3", at: 1)], then: [seen("m4", at: 6)])
        #expect(graph["user:ann"]?.members == ["user:ann"])
        #expect(graph["user:bob"]?.members == ["anonymous:d@bob", "email:bob@shop.example", "user:bob"])
        let whole = try WholeStory(of: logins + [seen("m3", at: 1), seen("m4", at: 6)], rules: Rules())
        #expect(Set(graph.profiles.map(\.told)) == whole.profiles)
    }

    /// Expects that it makes no difference whether events come after others or with them.
    private static func expectSame(_ first: [TestEvent], then second: [TestEvent]) async throws -> Portrayal {
        let (world, whole) = (try PipelineWorld(), try PipelineWorld())
        try await world.send(first)
        try await world.settle()
        try await world.send(second)
        try await world.consumer.drain()
        try await whole.send(first + second)
        try await whole.settle()
        let (found, missing) = try world.graph().differences(from: whole.graph())
        #expect(found == [])
        #expect(missing == [])
        #expect(try world.graph().rejected == whole.graph().rejected)
        return try world.graph()
    }
}
