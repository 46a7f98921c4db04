import Events
import Identity
import MessageLog
import Testing
import Topics

@testable import ProfileService

@Suite("The graph that grows with the events", .onBothEngines)
struct PipelineIdentityTests {
    @Test("a mailbox that many have joins no one, and what was held against it goes back to whom it belongs")
    func sharedMailbox() async throws {
        let world = try PipelineWorld()
        for person in 1...6 {
            try await world.send(
                TestEvent(
                    "f\(person)",
                    at: Int64(person),
                    .identify,
                    #"{"anonymousId":"d\#(person)","traits":{"email":"info@shop.example"}}"#
                ),
                TestEvent(
                    "l\(person)",
                    at: Int64(10 + person),
                    .identify,
                    #"{"userId":"u\#(person)","traits":{"email":"info@shop.example"}}"#
                )
            )
            try await (person == 1 ? world.settle() : world.consumer.drain())
            if person == 1 {
                #expect(try world.graph()["email:info@shop.example"]?.members.count ?? 0 > 1)
            }
        }
        let graph = try world.graph()
        let mailbox = try #require(graph["email:info@shop.example"])
        #expect(mailbox.isShared)
        #expect(mailbox.members == ["email:info@shop.example"])
        #expect(mailbox.events == 0)
        for person in 1...6 {
            #expect(graph["anonymous:d\(person)"]?.events == 1)
            #expect(graph["user:u\(person)"]?.members == ["user:u\(person)"])
        }
        #expect(try await world.changes().contains { $0.kind == .split })
    }

    @Test("a mailbox that two logins name is neither's, and its evidence stays visible")
    func ambiguous() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "fam@shop.example"),
            TestEvent("m2", at: 2, .track, #"{"traits":{"email":"fam@shop.example"}}"#)
        )
        try await world.settle()
        #expect(try world.graph()["user:ann"]?.members == ["email:fam@shop.example", "user:ann"])
        try await world.send(.mail("m3", at: 3, user: "bob", address: "fam@shop.example"))
        try await world.consumer.drain()
        let graph = try world.graph()
        #expect(graph["user:ann"]?.members == ["user:ann"])
        #expect(graph["user:bob"]?.members == ["user:bob"])
        #expect(graph["email:fam@shop.example"]?.isShared == true)
        #expect(graph["email:fam@shop.example"]?.events == 1)
        #expect(graph.rejected == ["ann fam@shop.example user", "bob fam@shop.example user"])
    }

    @Test("an ambiguous mailbox is somebody's again when those who have it turn out to be one person")
    func noLongerAmbiguous() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .mail("m1", at: 1, user: "ann", address: "fam@shop.example"),
            .mail("m2", at: 2, user: "anna", address: "fam@shop.example"),
            TestEvent("m3", at: 3, .track, #"{"anonymousId":"d","traits":{"email":"fam@shop.example"}}"#)
        )
        try await world.settle()
        #expect(try world.graph()["anonymous:d"]?.events == 1)
        try await world.send(TestEvent("m4", at: 4, .alias, #"{"userId":"anna","previousId":"ann"}"#))
        try await world.consumer.drain()
        let profile = try #require(try world.graph()["user:ann"])
        #expect(profile.members.contains("email:fam@shop.example"))
        #expect(profile.members.contains("anonymous:d"))
        #expect(profile.events == 4)
    }

    @Test("evidence that comes late but was earlier takes the place of what was accepted")
    func lateEvidence() async throws {
        func sale(_ id: String, at time: Int64, to user: String) -> TestEvent {
            let customer = #"{"externalIds":[{"id":"c","type":"shop.customer"}]}"#
            return TestEvent(id, at: time, .track, #"{"userId":"\#(user)","context":\#(customer)}"#)
        }
        let world = try PipelineWorld()
        try await world.send(sale("m1", at: 5, to: "bob"), sale("m2", at: 6, to: "ann"))
        try await world.settle()
        #expect(try world.graph()["user:bob"]?.members == ["shop.customer:c", "user:bob"])
        try await world.send(sale("m3", at: 1, to: "ann"))
        try await world.consumer.drain()
        let graph = try world.graph()
        #expect(graph["user:ann"]?.members == ["shop.customer:c", "user:ann"])
        #expect(graph.rejected == ["bob c user"])
    }

    @Test("a kiosk's pages are whose turn it was, in whatever order the events arrive", arguments: 0..<24)
    func kiosk(order: Int) async throws {
        let events: [TestEvent] = [
            .login("ann", at: 1, user: "ann", device: "kiosk"), TestEvent("p1", at: 2, .page, Self.onKiosk),
            .login("bob", at: 3, user: "bob", device: "kiosk"), TestEvent("p2", at: 4, .page, Self.onKiosk),
        ]
        let world = try PipelineWorld()
        try world.restart(batch: 1 + order % 3)
        try await world.send(events.permuted(order))
        try await world.settle()
        var graph = try world.graph()
        for (user, page) in [("ann", Int64(2)), ("bob", 4)] {
            let profile = try #require(graph["user:\(user)"])
            #expect(profile.members == ["anonymous:kiosk@\(user)", "user:\(user)"])
            #expect(profile.events == 2)
            #expect(profile.timeline.contains { $0.hasPrefix("\(TestEvent.microseconds(page)) page") })
        }
        #expect(graph["anonymous:kiosk"]?.isShared == true)
        #expect(graph["anonymous:kiosk"]?.events == 0)
        try await world.send((1...20).map { .login("more\($0)", at: 10 + Int64($0), user: "u\($0)", device: "kiosk") })
        try await world.consumer.drain()
        graph = try world.graph()
        #expect(graph["user:ann"]?.members == ["user:ann"])
        #expect(graph["anonymous:kiosk"]?.members == ["anonymous:kiosk"])
        #expect(graph["anonymous:kiosk"]?.events == 2)
    }

    private static let onKiosk = #"{"anonymousId":"kiosk"}"#

    @Test("any order, batching, doubling and dealing to partitions gives the same", arguments: Seeds.from(count: 25))
    func orderFree(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = Self.variedEvents(&random)
        let rules = Rules.random(&random)
        let expected = try await Self.graph(of: events, by: rules)
        for round in 0..<Seeds.orders {
            var copy = events + events.shuffled(using: &random).prefix(5)
            copy.shuffle(using: &random)
            let delivery = Delivery(
                producers: .random(in: 1...4, using: &random),
                batch: [1, 2, 7, 100][round % 4],
                cache: [1, 100_000][round % 2]
            )
            let graph = try await Self.graph(of: copy, by: rules, delivery)
            let (found, missing) = graph.differences(from: expected)
            #expect(found == [], "round \(round)")
            #expect(missing == [], "round \(round)")
            #expect(graph.rejected == expected.rejected, "round \(round)")
        }
    }

    @Test("of an id whose copy is taken back, what stands behind an address that is nobody's is known all the same")
    func copiesBehindAnAddress() async throws {
        let family = [
            TestEvent.mail("m1", at: 2, user: "ann", address: "fam@x.example"),
            .mail("m2", at: 3, user: "bob", address: "fam@x.example"),
            TestEvent("m3", at: 1, #"{"anonymousId":"d","traits":{"email":"fam@x.example","phone":"+12025550123"}}"#),
        ]
        let late = TestEvent("m4", at: 6, #"{"anonymousId":"d"}"#, delay: 1)
        let early = TestEvent("m4", at: 5, #"{"anonymousId":"d"}"#, delay: 1)
        let world = try PipelineWorld()
        try world.restart(batch: 1)
        try await world.send(family + [late])
        try await world.settle()
        try await world.send([early], from: "other")
        try await world.consumer.drain()
        let expected = try PipelineWorld()
        try await expected.send(family + [early])
        try await expected.settle()
        #expect(try world.graph() == expected.graph())
    }

    @Test("a former name of too many is nobody's, although a profile may have all of them")
    func formerNameOfMany() async throws {
        var rules = Rules()
        rules.namespaces[Namespace.user] = NamespaceRule(priority: 10)
        let events = (1...6).map { Self.alias("m\($0)", at: Int64($0), "u\($0)") }
        let graph = try await Self.graph(of: events, by: rules, Delivery(batch: 1))
        #expect(try Set(graph.profiles.map(\.told)) == WholeStory(of: events, rules: rules).profiles)
    }

    @Test("a former name is the first one's, also where that one is nobody's", arguments: [true, false])
    func formerNameOfShared(isSharedBefore: Bool) async throws {
        var rules = Rules()
        rules.degreeLimit = 4
        let crowd = (1...5).map { TestEvent.login("l\($0)", at: Int64($0), user: "u1", device: "d\($0)") }
        let aliases = [Self.alias("m6", at: 6, "u1"), Self.alias("m7", at: 7, "u2")]
        let events = isSharedBefore ? crowd + aliases : aliases + crowd
        let graph = try await Self.graph(of: events, by: rules, Delivery(batch: 1))
        #expect(try Set(graph.profiles.map(\.told)) == WholeStory(of: events, rules: rules).profiles)
    }

    private static func alias(_ id: String, at time: Int64, _ user: String) -> TestEvent {
        TestEvent(id, at: time, .alias, #"{"userId":"\#(user)","previousId":"old"}"#)
    }

    @Test(
        "of copies that differ the one received first counts, whichever comes first",
        arguments: Seeds.from(count: 40)
    )
    func copies(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = Self.variedEvents(&random)
        let rules = Rules.random(&random)
        var copies: [TestEvent] = []
        for event in events.shuffled(using: &random).prefix(12) {
            // Another event under the same id, at the sender's same time, that was received later.
            var copy = Self.variedEvents(&random)[0]
            copy.id = event.id
            copy.source = event.source
            copy.time = event.time
            copy.delay = .random(in: 1...9, using: &random)
            copies.append(copy)
        }
        let expected = try await Self.graph(of: events, by: rules)
        let arriving = (events + copies + copies.prefix(3)).shuffled(using: &random)
        let delivery = Delivery(
            producers: .random(in: 1...4, using: &random),
            batch: [1, 3, 100][Int(seed % 3)],
            cache: 100,
            isForGood: false
        )
        let graph = try await Self.graph(of: arriving, by: rules, delivery)
        let (found, missing) = graph.differences(from: expected)
        #expect(found == [])
        #expect(missing == [])
        #expect(graph.rejected == expected.rejected)
    }

    @Test("the store is what resolving all events at once gives", arguments: Seeds.from(25, count: 60))
    func sameAsWhole(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = Self.variedEvents(&random)
        let rules = Rules.random(&random)
        let delivery = Delivery(producers: .random(in: 1...4, using: &random), batch: 3, cache: 4)
        let graph = try await Self.graph(of: events, by: rules, delivery)
        let expected = try WholeStory(of: events, rules: rules)
        let told = Set(graph.profiles.map(\.told))
        #expect(told.subtracting(expected.profiles) == [])
        #expect(expected.profiles.subtracting(told) == [])
    }

    /// How events come into a store.
    struct Delivery {
        /// Each of them has a partition, and a share of the events.
        var producers = 1
        var batch = 8192
        var cache = 100_000
        /// Whether no event takes another's place, so that an id that is known stays known.
        var isForGood = true
    }

    static func graph(
        of events: [TestEvent],
        by rules: Rules,
        _ delivery: Delivery = Delivery()
    ) async throws -> Portrayal {
        let world = try PipelineWorld(rules: rules)
        try world.restart(batch: delivery.batch, cache: delivery.cache)
        for producer in 0..<delivery.producers {
            let share = events.indices.filter { $0 % delivery.producers == producer }.map { events[$0] }
            try await world.send(share, from: "ingest\(producer)")
        }
        try await world.settle()
        let graph = try world.graph()
        #expect(graph.profiles.reduce(0) { $0 + Int($1.events) } == Set(events.map(\.id)).count)
        for profile in graph.profiles { #expect(profile.timeline.count == Int(profile.events)) }
        if delivery.isForGood { expectGrowing(try await world.changes()) }
        return graph
    }

    /// Whoever hears of an id again hears a greater revision.
    private static func expectGrowing(_ changes: [Change]) {
        var revisions: [String: Int64] = [:]
        for change in changes {
            let last = revisions.updateValue(change.revision, forKey: change.profileID) ?? 0
            #expect(change.revision > last, "\(change.profileID) is told again")
        }
    }
}

extension Array {
    /// One of the orders of the elements, by its number.
    fileprivate func permuted(_ number: Int) -> [Element] {
        var (rest, order, number) = (self, [Element](), number)
        while !rest.isEmpty {
            order.append(rest.remove(at: number % rest.count))
            number /= rest.count + 1
        }
        return order
    }
}

/// Random numbers that are the same for the same seed.
struct Xorshift: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
