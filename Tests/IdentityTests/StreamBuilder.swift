import Events
import Identity

/// A stream of calls in the making, as a shop's website, its shop and its CRM send them.
struct StreamBuilder {
    struct Call {
        var source: String
        var body: String
        var type: EventType
        var name: String?
        var minute: Int64
        var id: String
    }

    /// The namespace of each source's user ids; the others are a login's.
    private static let namespaces = ["shop": "shop.customer", "crm": "crm.contact"]

    private(set) var calls: [Call] = []

    private mutating func add(
        _ type: EventType,
        from source: String,
        at minute: Int64,
        name: String? = nil,
        _ fields: [(String, String?)],
        traits: [(String, String?)] = []
    ) {
        let all = fields.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
        let known = traits.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } }
        let body = "{\((all + ["\"traits\":{\(known.joined(separator: ","))}"]).joined(separator: ","))}"
        calls.append(Call(source: source, body: body, type: type, name: name, minute: minute, id: "m\(calls.count)"))
    }

    mutating func login(_ user: String, _ email: String? = nil, on device: String? = nil, at minute: Int64) {
        add(
            .identify,
            from: "web",
            at: minute,
            [("userId", user), ("anonymousId", device)],
            traits: [("email", email)]
        )
    }

    mutating func page(on device: String, at minute: Int64) {
        add(.page, from: "web", at: minute, [("anonymousId", device)])
    }

    mutating func signOut(of device: String, at minute: Int64) {
        add(.track, from: "web", at: minute, name: "Signed Out", [("anonymousId", device)])
    }

    mutating func newsletter(_ email: String, on device: String, at minute: Int64) {
        add(.identify, from: "news", at: minute, [("anonymousId", device)], traits: [("email", email)])
    }

    mutating func contact(_ id: String, _ email: String? = nil, _ phone: String? = nil, at minute: Int64) {
        add(.identify, from: "crm", at: minute, [("userId", id)], traits: [("email", email), ("phone", phone)])
    }

    mutating func order(_ id: String, _ email: String? = nil, _ phone: String? = nil, at minute: Int64) {
        add(
            .track,
            from: "shop",
            at: minute,
            name: "Order Completed",
            [("userId", id)],
            traits: [("email", email), ("phone", phone)]
        )
    }

    mutating func shuffle(using random: inout SplitMix) { calls.shuffle(using: &random) }

    func graph(_ rules: Rules) throws -> MemoryGraph {
        var graph = MemoryGraph(rules: rules)
        for call in calls {
            let time = Timestamp(microseconds: 1_767_225_600_000_000 + call.minute * 60_000_000)
            let header = EventHeader(
                source: call.source,
                userNamespace: Self.namespaces[call.source],
                messageID: call.id,
                type: call.type,
                name: call.name,
                timestamp: time,
                receivedAt: time
            )
            let envelope = try EventEnvelope(decoding: header.encode(event: Array(call.body.utf8)))
            graph.add(rules.facts(of: envelope), of: header)
        }
        return graph
    }

    func resolved(_ rules: Rules) throws -> ResolvedStream { ResolvedStream(ResolvedGraph(try graph(rules)), calls) }

    /// A few people with logins, records, addresses and devices that they partly share.
    static func random(_ random: inout SplitMix) -> StreamBuilder {
        var stream = StreamBuilder()
        let phones = [phone, otherPhone, "+12025550103"]
        for _ in 0..<([6, 15, 30].randomElement(using: &random) ?? 6) {
            let minute = Int64.random(in: 0..<9, using: &random)
            let id = Int.random(in: 0..<5, using: &random)
            let email = "e\(Int.random(in: 0..<6, using: &random))@x.io"
            let device = "d\(Int.random(in: 0..<3, using: &random))"
            let number = phones.randomElement(using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: stream.login("u\(id)", email, on: device, at: minute)
            case 1: stream.page(on: device, at: minute)
            case 2: stream.newsletter(email, on: device, at: minute)
            case 3: stream.contact("k\(id)", email, number, at: minute)
            case 4: stream.order("c\(id)", email, number, at: minute)
            default: stream.signOut(of: device, at: minute)
            }
        }
        return stream
    }

    static let phone = "+12025550101"
    static let otherPhone = "+12025550102"
}

/// The profiles of a stream, by the values of their identifiers.
struct ResolvedStream: Equatable {
    var people: Set<Set<String>> = []
    var ambiguous: Set<String> = []
    var shared: Set<String> = []
    /// Why evidence was not followed, by its ends.
    var reasons: [Set<String>: Resolution.Reason] = [:]
    /// Which calls are whose, by their ids.
    var events: Set<Set<String>> = []

    init(_ graph: ResolvedGraph, _ calls: [StreamBuilder.Call]) {
        func value(_ member: Int) -> String { graph.component.members[member].identifier.value }
        func name(_ part: Resolution.Part) -> String {
            guard let login = part.login else { return value(part.member) }
            return value(part.member) + "@" + value(login)
        }
        people = Set(graph.resolution.profiles.map { Set($0.parts.map(name)) })
        for (member, state) in graph.resolution.states.enumerated() {
            if state == .ambiguous { ambiguous.insert(value(member)) }
            if state == .shared { shared.insert(value(member)) }
        }
        for rejection in graph.resolution.rejected {
            let evidence = graph.component.evidence[rejection.evidence]
            reasons[[value(evidence.left), value(evidence.right)]] = rejection.reason
        }
        var places: [String: Set<String>] = [:]
        for (call, anchor) in zip(calls, graph.anchors) {
            let place = graph.profile(of: anchor).map(String.init) ?? value(anchor.member)
            places[place, default: []].insert(call.id)
        }
        events = Set(places.values)
    }

    /// The reasons by their words: members are numbered in the order of the events.
    static func == (left: ResolvedStream, right: ResolvedStream) -> Bool {
        left.people == right.people && left.ambiguous == right.ambiguous && left.shared == right.shared
            && left.events == right.events && Set(left.reasons.keys) == Set(right.reasons.keys)
    }

    /// What stands against the evidence of two.
    func conflict(_ one: String, _ other: String) -> Resolution.Conflict? {
        guard case .ambiguous(_, let conflict) = reasons[[one, other]] else { return nil }
        return conflict
    }
}
