import Events
import Identity
import MessageLog
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("Phones on which much is seen before anybody is named, in the pipeline", .onBothEngines)
struct PipelinePhoneTests {
    @Test(
        "are whose resolving all events at once makes them, in whatever order these come",
        arguments: Seeds.from(count: 40)
    )
    func sameAsWhole(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let (events, rules) = (Self.events(&random), Self.rules(seed))
        let expected = try WholeStory(of: events, rules: rules)
        for batch in [1, 6, 8192] {
            let world = try PipelineWorld(rules: rules)
            try world.restart(batch: batch, cache: batch)
            try await world.send(events.shuffled(using: &random))
            try await world.settle()
            try Self.expect(world, expected)
            try Self.expectResolved(world, rules)
        }
    }

    @Test(
        "are so as well when events take the places of copies that were received later",
        arguments: Seeds.from(count: 30)
    )
    func copies(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let (events, rules) = (Self.events(&random), Self.rules(seed))
        let copies = events.shuffled(using: &random).prefix(12).map { event in
            var copy = Self.events(&random)[0]
            (copy.id, copy.time, copy.source) = (event.id, event.time, event.source)
            copy.delay = .random(in: 1...9, using: &random)
            return copy
        }
        let world = try PipelineWorld(rules: rules)
        try world.restart(batch: [1, 4, 100][Int(seed % 3)], cache: 100)
        try await world.send((events + copies).shuffled(using: &random))
        try await world.settle()
        try Self.expect(world, WholeStory(of: events, rules: rules))
        try Self.expectResolved(world, rules)
    }

    @Test("are whose people say, and what all evidence together makes of that", arguments: Seeds.from(count: 30))
    func decided(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let (events, rules) = (Self.events(&random), Self.rules(seed))
        let world = try PipelineWorld(rules: rules)
        try world.restart(batch: [1, 4, 100][Int(seed % 3)])
        for place in 0..<4 {
            let (left, right) = (Self.name(&random), Self.name(&random))
            guard left != right else { continue }
            let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: Int64(place)))
            let verdict = IdentityDecision.Verdict.allCases.randomElement(using: &random) ?? .apart
            try await world.decide(
                .decision(IdentityDecision(id: "d\(place)", verdict: verdict, left: left, right: right, word: word))
            )
        }
        try await world.send(events)
        try await world.settle()
        try Self.expectResolved(world, rules)
    }

    @Test("give what was seen of a trait to whom the turn goes, and have what the rest says")
    func turns() async throws {
        func seen(_ id: String, at time: Int64, _ plan: String) -> TestEvent {
            TestEvent(id, at: time, #"{"anonymousId":"a","context":{"traits":{"plan":\#(plan)}}}"#)
        }
        let world = try PipelineWorld()
        var events = (1...20).map { seen("s\($0)", at: Int64($0), #""p\#($0)""#) }
        events += [TestEvent.login("ann", at: 0, user: "ann", device: "a"), seen("null", at: 21, "null")]
        try await world.send(events)
        try await world.settle()
        #expect(try world.graph()["user:ann"]?.traits == "{}")
        try await world.send(.login("bob", at: 11, user: "bob", device: "a"))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits == #"{"plan":"p10"}"#)
        #expect(try world.graph()["user:bob"]?.traits == "{}")
        let told = try await world.changes().count
        // It was seen too early to count, and then it is what counts already.
        try await world.send(seen("early", at: 5, #""x""#), seen("late", at: 10, #""p10""#))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits == #"{"plan":"p10"}"#)
        #expect(try await world.changes().count == told + 1)
        try await world.send(TestEvent("again", at: 8, #"{"userId":"bob","anonymousId":"a"}"#))
        try await world.consumer.drain()
        #expect(try world.graph()["user:ann"]?.traits == #"{"plan":"p7"}"#)
    }
}

// MARK: - What is expected

extension PipelinePhoneTests {
    private static func expect(_ world: PipelineWorld, _ expected: WholeStory) throws {
        let told = Set(try world.graph().profiles.map(\.told))
        #expect(told.subtracting(expected.profiles) == [])
        #expect(expected.profiles.subtracting(told) == [])
    }

    /// The store has resolved what it did as if it had looked at all evidence.
    private static func expectResolved(_ world: PipelineWorld, _ rules: Rules) throws {
        let (people, rejected) = try resolved(world, rules)
        let graph = try world.graph()
        #expect(Set(graph.profiles.filter { !$0.isShared }.map(\.members)) == people)
        #expect(graph.rejected == rejected)
    }

    /// Who is who, and what was rejected, when everything is looked at; told as ``Portrayal`` does.
    private static func resolved(
        _ world: PipelineWorld,
        _ rules: Rules
    ) throws -> (people: Set<[String]>, rejected: [String]) {
        try world.store.read { (db: any SQLConnection) -> (people: Set<[String]>, rejected: [String]) in
            let hash = KeyedHash(secret: Array(repeating: 7, count: 32))
            let graph = try WorkingGraph(reading: db, rules: rules, hash: hash)
            let ids: [Int64] = try db.all("SELECT id FROM identifier WHERE device IS NULL ORDER BY id") { $0[0] }
            var seen: Set<Int64> = []
            var people: Set<[String]> = []
            var rejected: [Pair: String] = [:]
            for id in ids where !seen.contains(id) {
                let part = try LoadedComponent(around: [id], in: graph)
                let resolution = rules.resolve(part.component)
                seen.formUnion(part.ids)
                people.formUnion(resolution.profiles.map { $0.parts.map { name(of: $0, in: part) }.sorted() })
                for rejection in resolution.rejected {
                    guard let word = told(rejection.reason) else { continue }
                    let evidence = part.component.evidence[rejection.evidence]
                    let pair = Pair(part.ids[evidence.left], part.ids[evidence.right])
                    if rejected[pair] == nil { rejected[pair] = word }
                }
            }
            let words = try rejected.map { pair, word in
                let ends = (try graph.node(pair.first).identifier, try graph.node(pair.second).identifier)
                return [ends.0.value, ends.1.value, word].sorted().joined(separator: " ")
            }
            return (people, words.sorted())
        }
    }

    private static func name(of part: Resolution.Part, in loaded: LoadedComponent) -> String {
        let members = loaded.component.members
        let name = members[part.member].identifier.description
        return part.login.map { "\(name)@\(members[$0].identifier.value)" } ?? name
    }

    private static func told(_ reason: Resolution.Reason) -> String? {
        switch reason {
        case .limit(let namespace), .ambiguous(_, .limit(let namespace)?): namespace
        case .separated, .ambiguous(_, .separated?), .ambiguous(_, .secondAddress?): "separated"
        case .ambiguous(_, nil), .shared, .outsideSpans, .claimed, .divided: nil
        }
    }
}

// MARK: - Events by chance

extension PipelinePhoneTests {
    /// Of a few phones that a few people share: most name nobody.
    private static func events(_ random: inout Xorshift) -> [TestEvent] {
        (0..<Int.random(in: 20...80, using: &random)).map { place in
            var parts = [#""anonymousId":"a\#(Int.random(in: 1...2, using: &random))""#]
            if Int.random(in: 0..<10, using: &random) == 0 {
                parts.append(#""userId":"u\#(Int.random(in: 1...3, using: &random))""#)
            }
            parts.append("\"context\":{\(context(&random))}")
            var event = TestEvent(
                "m\(place)",
                at: .random(in: 1...25, using: &random),
                Int.random(in: 0..<4, using: &random) == 0 ? .identify : .track,
                "{\(parts.joined(separator: ","))}",
                source: Bool.random(using: &random) ? "web" : "app"
            )
            if event.type == .track, Int.random(in: 0..<12, using: &random) == 0 { event.name = "Signed Out" }
            return event
        }
    }

    /// The phone, traits, and which of these only hold while there is no other.
    private static func context(_ random: inout Xorshift) -> String {
        var traits: [String] = []
        for (name, values) in [("plan", 3), ("step", 40), ("tag", 4)] where Bool.random(using: &random) {
            let isNull = Int.random(in: 0..<6, using: &random) == 0
            let value = Int.random(in: 1...values, using: &random)
            traits.append("\"\(name)\":" + (isNull ? "null" : "\"v\(value)\""))
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
            traits.append(#""email":"m\#(Int.random(in: 1...2, using: &random))@shop.example""#)
        }
        let phone = #""device":{"id":"k\#(Int.random(in: 1...2, using: &random))"}"#
        let isInitial = Int.random(in: 0..<4, using: &random) == 0
        let initial = isInitial ? [#""posthog":{"setOnce":["plan"]}"#] : []
        return ([phone, "\"traits\":{\(traits.joined(separator: ","))}"] + initial).joined(separator: ",")
    }

    private static func name(_ random: inout Xorshift) -> Identifier {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Identifier("user", "u\(Int.random(in: 1...3, using: &random))")
        case 1: Identifier("anonymous", "a\(Int.random(in: 1...2, using: &random))")
        case 2: Identifier("device", "k\(Int.random(in: 1...2, using: &random))")
        default: Identifier("email", "m\(Int.random(in: 1...2, using: &random))@shop.example")
        }
    }

    /// With each second seed other values count than the last ones.
    private static func rules(_ seed: UInt64) -> Rules {
        let choices: [TraitRule] = [.first, .max, .min, .longest, .union, .trusted(["app"])]
        var rules = Rules()
        guard seed % 2 == 1 else { return rules }
        rules.traits["plan"] = choices[Int(seed / 2) % choices.count]
        rules.traits["tag"] = choices[(Int(seed / 2) + 3) % choices.count]
        return rules
    }
}
