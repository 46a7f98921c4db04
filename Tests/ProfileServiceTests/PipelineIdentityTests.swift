import Events
import Identity
import MessageLog
import Testing
import Topics

@testable import ProfileService

@Suite("The graph that grows with the events")
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
            if person == 2 {
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

    @Test("two logins on one device stay two people, and the rejected evidence stays visible")
    func limit() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .login("m1", at: 1, user: "ann", device: "d"),
            .login("m2", at: 2, user: "bob", device: "d")
        )
        try await world.settle()
        let graph = try world.graph()
        #expect(graph["user:ann"]?.members == ["anonymous:d", "user:ann"])
        #expect(graph["user:bob"]?.members == ["user:bob"])
        #expect(graph.rejected == ["bob d user"])
    }

    @Test("evidence that comes late but was earlier takes the place of what was accepted")
    func lateEvidence() async throws {
        let world = try PipelineWorld()
        try await world.send(
            .login("m1", at: 5, user: "bob", device: "d"),
            .login("m2", at: 6, user: "ann", device: "d")
        )
        try await world.settle()
        #expect(try world.graph()["anonymous:d"]?.members == ["anonymous:d", "user:bob"])
        try await world.send(.login("m3", at: 1, user: "ann", device: "d"))
        try await world.consumer.drain()
        let graph = try world.graph()
        #expect(graph["anonymous:d"]?.members == ["anonymous:d", "user:ann"])
        #expect(graph.rejected == ["bob d user"])
    }

    @Test("any order, batching and doubling gives the same graph", arguments: 0..<25)
    func orderFree(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = Self.events(&random)
        let expected = try await Self.graph(of: events, batch: 8192, cache: 100_000)
        for round in 0..<4 {
            var copy = events + events.shuffled(using: &random).prefix(5)
            copy.shuffle(using: &random)
            let graph = try await Self.graph(of: copy, batch: [1, 2, 7, 100][round], cache: [1, 100_000][round % 2])
            let (found, missing) = graph.differences(from: expected)
            #expect(found == [], "round \(round)")
            #expect(missing == [], "round \(round)")
            #expect(graph.rejected == expected.rejected, "round \(round)")
        }
    }

    @Test("the graph is what resolving all of it at once gives", arguments: 25..<50)
    func sameAsWhole(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let events = Self.events(&random)
        let rules = Rules()
        let graph = try await Self.graph(of: events, batch: 3, cache: 4)
        let whole = rules.resolve(try WholeGraph(of: events, rules: rules).component)
        let members = try WholeGraph(of: events, rules: rules).component.members.map(\.identifier.description)
        let expected = whole.profiles.map { Set($0.members.map { members[$0] }) } + whole.shared.map { [members[$0]] }
        #expect(Set(graph.profiles.map { Set($0.members) }) == Set(expected))
        #expect(graph.rejected.count == whole.rejected.count)
        #expect(graph.profiles.count { $0.isShared } == whole.shared.count)
    }

    private static func graph(of events: [TestEvent], batch: Int, cache: Int) async throws -> Portrayal {
        let world = try PipelineWorld()
        try world.restart(batch: batch, cache: cache)
        try await world.send(events)
        try await world.settle()
        let graph = try world.graph()
        #expect(graph.profiles.reduce(0) { $0 + Int($1.events) } == Set(events.map(\.id)).count)
        for profile in graph.profiles { #expect(profile.timeline.count == Int(profile.events)) }
        return graph
    }

    /// Few people with many ways to be mistaken for each other.
    private static func events(_ random: inout Xorshift) -> [TestEvent] {
        (0..<Int.random(in: 5...80, using: &random)).map { place in
            var parts: [String] = []
            if Int.random(in: 0..<3, using: &random) > 0 {
                parts.append(#""userId":"u\#(Int.random(in: 1...8, using: &random))""#)
            }
            if Bool.random(using: &random) || parts.isEmpty {
                parts.append(#""anonymousId":"d\#(Int.random(in: 1...3, using: &random))""#)
            }
            var traits = [#""plan":"p\#(Int.random(in: 1...3, using: &random))""#]
            if Bool.random(using: &random) {
                traits.append(#""email":"m\#(Int.random(in: 1...3, using: &random))@shop.example""#)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                traits.append(#""phone":"+120155501\#(Int.random(in: 10...12, using: &random))""#)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                traits.append(#""name":null"#)
            } else {
                traits.append(#""name":"N\#(place)""#)
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                parts.append(
                    #""context":{"externalIds":[{"id":"c\#(Int.random(in: 1...4, using: &random))","type":"crm.contact"}]}"#
                )
            }
            parts.append("\"traits\":{\(traits.joined(separator: ","))}")
            return TestEvent(
                "m\(place)",
                at: .random(in: 1...30, using: &random),
                Bool.random(using: &random) ? .identify : .track,
                "{\(parts.joined(separator: ","))}"
            )
        }
    }
}

/// What a set of events says, all at once.
private struct WholeGraph {
    var component = Component(members: [], evidence: [])

    init(of events: [TestEvent], rules: Rules) throws {
        var places: [Identifier: Int] = [:]
        var best: [Set<Int>: Component.Evidence] = [:]
        for event in events {
            let envelope = try EventEnvelope(decoding: event.record.value)
            let facts = rules.facts(of: envelope)
            for identifier in facts.identifiers {
                if let place = places[identifier] {
                    component.members[place].firstSeen = min(component.members[place].firstSeen, envelope.timestamp)
                } else {
                    places[identifier] = component.members.count
                    component.members.append(Component.Member(identifier, firstSeen: envelope.timestamp))
                }
            }
            for link in facts.links {
                guard let left = places[facts.identifiers[link.left]], let right = places[facts.identifiers[link.right]]
                else { continue }
                let evidence = Component.Evidence(
                    left,
                    right,
                    strength: link.strength,
                    time: envelope.timestamp,
                    source: envelope.source,
                    messageID: envelope.messageID
                )
                if let known = best[[left, right]], !Self.outranks(evidence, known) { continue }
                best[[left, right]] = evidence
            }
        }
        component.evidence = Array(best.values)
    }

    private static func outranks(_ left: Component.Evidence, _ right: Component.Evidence) -> Bool {
        if left.strength != right.strength { return left.strength > right.strength }
        return (left.time, left.source, left.messageID) < (right.time, right.source, right.messageID)
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
