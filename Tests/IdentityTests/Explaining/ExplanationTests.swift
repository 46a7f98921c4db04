import Events
import Identity
import Testing

@Suite("Why two are one person, or are not")
struct ExplanationTests {
    private let rules = Rules()

    private func explain(_ left: String, _ right: String, in graph: GraphBuilder) -> Told {
        Told(left, right, in: graph, rules)
    }

    @Test("the chain with the strongest weakest link, and of those the shortest")
    func together() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:x@example.org", strength: 130, at: 1)
        graph.link("email:x@example.org", "phone:+12015550123", strength: 30, at: 2)
        graph.link("user:1", "phone:+12015550123", strength: 20, at: 3)
        #expect(
            explain("user:1", "phone:+12015550123", in: graph).chain == [
                "user:1 – email:x@example.org: m0", "email:x@example.org – phone:+12015550123: m1",
            ]
        )
        graph.link("user:1", "phone:+12015550123", strength: 30, at: 4)
        let direct = explain("user:1", "phone:+12015550123", in: graph)
        #expect(direct.isTogether)
        #expect(direct.chain == ["user:1 – phone:+12015550123: m3"])
    }

    @Test("of equally good chains the one with the earlier evidence")
    func earlier() {
        var graph = GraphBuilder()
        for (middle, time) in [("email:b@example.org", Int64(5)), ("email:a@example.org", 7)] {
            graph.link("user:1", middle, at: time)
            graph.link(middle, "anonymous:a", strength: 30, at: 9)
        }
        #expect(
            explain("user:1", "anonymous:a", in: graph).chain?.first == "user:1 – email:b@example.org: m0"
        )
    }

    @Test("one and the same needs no chain")
    func same() {
        var graph = GraphBuilder()
        graph.see("user:1", at: 1)
        let told = explain("user:1", "user:1", in: graph)
        #expect(told.isTogether && told.chain == [])
    }

    @Test("a limit stands between two logins, and the evidence that gave way is named")
    func limit() {
        var graph = GraphBuilder()
        graph.link("user:ann", "crm_id:7", at: 1)
        graph.link("user:bob", "crm_id:7", at: 2)
        let told = explain("user:bob", "user:ann", in: graph)
        #expect(!told.isTogether && told.separation == nil)
        #expect(told.chain == ["user:bob – crm_id:7: m1, not followed: user", "crm_id:7 – user:ann: m0"])
    }

    @Test("an address that cannot be one person's joins none of those who have it")
    func ambiguous() {
        var graph = GraphBuilder()
        graph.link("user:ann", "email:fam@example.org", at: 1)
        graph.link("user:bob", "email:fam@example.org", at: 2)
        #expect(
            explain("user:bob", "user:ann", in: graph).chain == [
                "user:bob – email:fam@example.org: m1, not followed: email:fam@example.org is ambiguous, user",
                "email:fam@example.org – user:ann: m0, not followed: email:fam@example.org is ambiguous, user",
            ]
        )
    }

    @Test("what many people share joins none of them; better a chain on which less was not followed")
    func shared() {
        var graph = GraphBuilder()
        for person in 1...6 { graph.link("user:\(person)", "email:info@example.org", at: Int64(person)) }
        #expect(
            explain("user:1", "user:2", in: graph).chain == [
                "user:1 – email:info@example.org: m0, not followed: email:info@example.org is shared",
                "email:info@example.org – user:2: m1, not followed: email:info@example.org is shared",
            ]
        )
        graph.link("user:1", "crm_id:7", at: 1)
        graph.link("user:2", "crm_id:7", at: 2)
        #expect(
            explain("user:1", "user:2", in: graph).chain == [
                "user:1 – crm_id:7: m6", "crm_id:7 – user:2: m7, not followed: user",
            ]
        )
    }

    @Test("a device outside of every login's time is nobody's, and inside it is that login's")
    func device() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        graph.login("user:bob", on: "anonymous:d", at: 5)
        graph.link("email:before@x.example", "anonymous:d", strength: 30, at: 1)
        graph.link("email:ann@x.example", "anonymous:d", strength: 30, at: 4)
        let inside = explain("email:ann@x.example", "user:ann", in: graph)
        #expect(inside.isTogether)
        #expect(
            inside.chain == [
                "email:ann@x.example – anonymous:d@user:ann: m3", "anonymous:d@user:ann – user:ann: m0",
            ]
        )
        #expect(
            explain("email:before@x.example", "user:ann", in: graph).chain == [
                "email:before@x.example – anonymous:d: m2, not followed: nobody was logged in on anonymous:d",
                "anonymous:d – anonymous:d@user:ann: device, not followed: anonymous:d is divided",
                "anonymous:d@user:ann – user:ann: m0",
            ]
        )
        #expect(
            explain("user:ann", "user:bob", in: graph).chain == [
                "user:ann – anonymous:d@user:ann: m0",
                "anonymous:d@user:ann – anonymous:d: device, not followed: anonymous:d is divided",
                "anonymous:d – anonymous:d@user:bob: device, not followed: anonymous:d is divided",
                "anonymous:d@user:bob – user:bob: m1",
            ]
        )
    }

    @Test("a divided device is together with everybody who used it")
    func wholeDevice() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        graph.login("user:bob", on: "anonymous:d", at: 5)
        for user in ["user:ann", "user:bob"] {
            let told = explain("anonymous:d", user, in: graph)
            #expect(told.isTogether)
            #expect(told.chain?.count == 1)
            #expect(told.chain?.first?.hasPrefix("anonymous:d@\(user) – \(user)") == true)
        }
        #expect(!explain("anonymous:d@user:ann", "user:bob", in: graph).isTogether)
        #expect(explain("anonymous:d@user:ann", "anonymous:d", in: graph).chain == [])
    }

    @Test("somebody's decision joins whatever evidence says, and sets apart whatever it says")
    func decisions() {
        var graph = GraphBuilder()
        graph.link("user:old", "email:x@example.org", at: 1)
        graph.link("user:new", "email:x@example.org", at: 2)
        graph.decide("user:old", "user:new", .together, at: 3)
        #expect(explain("user:old", "user:new", in: graph).chain == ["user:old – user:new: decided d0"])
        graph.decide("user:old", "user:new", .apart, at: 4)
        let apart = explain("user:old", "user:new", in: graph)
        #expect(!apart.isTogether && apart.separation == "d1")
        #expect(
            apart.chain?.last
                == "email:x@example.org – user:new: m1, not followed: email:x@example.org is ambiguous, separated"
        )
    }

    @Test("a decision keeps apart also those between whom there is no evidence")
    func separationAlone() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:x@example.org", at: 1)
        graph.see("user:2", at: 1)
        graph.decide("email:x@example.org", "user:2", .apart)
        let told = explain("user:1", "user:2", in: graph)
        #expect(!told.isTogether && told.chain == nil && told.separation == "d0")
    }

    @Test("of decisions that contradict each other, one is not followed, and by which is told")
    func contradiction() {
        var graph = GraphBuilder()
        for name in ["user:1", "user:2", "user:3"] { graph.see(name, at: 1) }
        graph.decide("user:1", "user:2", .together, at: 1)
        graph.decide("user:2", "user:3", .together, at: 2)
        graph.decide("user:1", "user:3", .apart, at: 3)
        let told = explain("user:1", "user:3", in: graph)
        #expect(told.separation == "d2")
        #expect(
            told.chain == ["user:1 – user:2: decided d0, not followed: separated", "user:2 – user:3: decided d1"]
        )
    }

    @Test("whose somebody said a shared address is, it is nobody else's")
    func claimed() {
        var graph = GraphBuilder()
        for person in 1...7 { graph.link("user:\(person)", "email:info@example.org", at: Int64(person)) }
        graph.decide("user:3", "email:info@example.org", .together)
        #expect(
            explain("user:3", "user:1", in: graph).chain == [
                "user:3 – email:info@example.org: decided d0",
                "email:info@example.org – user:1: m0, not followed: email:info@example.org is claimed",
            ]
        )
    }

    @Test("where no evidence leads, there is no chain")
    func unconnected() {
        var graph = GraphBuilder()
        graph.link("user:1", "email:x@example.org", at: 1)
        graph.link("user:2", "email:y@example.org", at: 1)
        let told = explain("user:1", "user:2", in: graph)
        #expect(!told.isTogether && told.chain == nil && told.separation == nil)
    }

    @Test("a part that the device does not have is nobody's")
    func noSuchPart() {
        var graph = GraphBuilder()
        graph.login("user:ann", on: "anonymous:d", at: 3)
        #expect(!explain("anonymous:d@user:ann", "user:ann", in: graph).isTogether)
    }
}

/// An explanation by names.
struct Told: Equatable {
    var isTogether: Bool
    var chain: [String]?
    var separation: String?

    init(_ left: String, _ right: String, in graph: GraphBuilder, _ rules: Rules) {
        let (component, names) = graph.component()
        let (from, to) = (Self.part(left, names), Self.part(right, names))
        self.init(rules.explain(from, to, in: component), component, names)
    }

    init(_ explanation: Explanation, _ component: Component, _ names: [String]) {
        isTogether = explanation.isTogether
        separation = explanation.separation
        chain = explanation.chain?.map { link in
            let ends = [link.from, link.to].map { Self.name($0, names) }.joined(separator: " – ")
            let refusal = link.refusal.map { ", not followed: \(Outcome.word(for: $0, names))" } ?? ""
            return "\(ends): \(Self.word(for: link.tie, component))\(refusal)"
        }
    }

    static func name(_ part: Resolution.Part, _ names: [String]) -> String {
        part.login.map { "\(names[part.member])@\(names[$0])" } ?? names[part.member]
    }

    /// `device`, or `device@login`; an address with an @ in it is no device.
    private static func part(_ name: String, _ names: [String]) -> Resolution.Part {
        if let member = names.firstIndex(of: name) { return Resolution.Part(member) }
        let words = name.split(separator: "@", maxSplits: 1).map(String.init)
        let places = words.map { names.firstIndex(of: $0) ?? 0 }
        return Resolution.Part(places[0], login: places[1])
    }

    private static func word(for tie: Explanation.Tie, _ component: Component) -> String {
        switch tie {
        case .evidence(let place): component.evidence[place].messageID
        case .decision(let place): "decided \(component.decisions[place].id)"
        case .device: "device"
        }
    }
}
