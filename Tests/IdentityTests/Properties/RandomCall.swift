import Events
import Identity

/// One call of a few people who share devices, addresses and mailboxes, at times that often are the same.
struct RandomCall {
    private(set) var header: EventHeader
    private(set) var body: String

    /// The namespace of each source's user ids; the others are a login's.
    private static let namespaces = ["shop": "shop.customer", "crm": "crm.contact"]

    private init(
        _ type: EventType,
        from source: String,
        at minute: Int64,
        id: String,
        name: String? = nil,
        _ fields: [(String, String)],
        traits: [(String, String)] = [],
        device: String? = nil
    ) {
        let time = Timestamp(microseconds: 1_767_225_600_000_000 + minute * 60_000_000)
        header = EventHeader(
            source: source,
            userNamespace: Self.namespaces[source],
            messageID: id,
            type: type,
            name: name,
            timestamp: time,
            receivedAt: time
        )
        let known = traits.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        var all = fields.map { "\"\($0)\":\"\($1)\"" } + ["\"traits\":{\(known)}"]
        if let device { all.append(#""context":{"device":{"id":"\#(device)"}}"#) }
        body = "{\(all.joined(separator: ","))}"
    }

    /// A call of any kind, on any of few people.
    init(id: String, using random: inout SplitMix) {
        var pick = Pick(random)
        defer { random = pick.random }
        let minute = Int64(pick.below(12))
        switch pick.below(10) {
        case 0, 1:
            let fields = [("userId", pick.user), ("anonymousId", pick.device)]
            let traits = pick.some([pick.email, pick.plan])
            self.init(.identify, from: "web", at: minute, id: id, fields, traits: traits, device: pick.phoneInHand)
        case 2:
            let fields = [("anonymousId", pick.device)]
            self.init(.page, from: "web", at: minute, id: id, name: "home", fields, device: pick.phoneInHand)
        case 3:
            let traits = pick.some([pick.email, pick.plan, pick.color])
            let fields = [("anonymousId", pick.device)]
            self.init(.identify, from: "news", at: minute, id: id, fields, traits: traits, device: pick.phoneInHand)
        case 4, 5:
            let traits = pick.some([pick.email, pick.phone, pick.color])
            self.init(.identify, from: "crm", at: minute, id: id, [("userId", pick.contact)], traits: traits)
        case 6, 7:
            let traits = pick.some([pick.email, pick.phone])
            let fields = [("userId", pick.customer)]
            self.init(.track, from: "shop", at: minute, id: id, name: "Order Completed", fields, traits: traits)
        case 8:
            self.init(.track, from: "web", at: minute, id: id, name: "Signed Out", [("anonymousId", pick.device)])
        default:
            let fields = [("userId", pick.user), ("previousId", pick.below(2) == 0 ? pick.user : pick.device)]
            self.init(.alias, from: "web", at: minute, id: id, fields)
        }
    }

    /// A login on a device or with a mailbox that everybody uses.
    init(of person: Int, onKiosk kiosk: Bool, id: String, using random: inout SplitMix) {
        let minute = Int64.random(in: 0..<12, using: &random)
        let fields = kiosk ? [("userId", "u\(person)"), ("anonymousId", "kiosk")] : [("userId", "u\(person)")]
        let traits = kiosk ? [] : [("email", "info@x.io")]
        self.init(.identify, from: "web", at: minute, id: id, fields, traits: traits)
    }

    /// A copy of the event that says something else, and was received at another time than any other.
    func copy(_ number: Int, using random: inout SplitMix) -> RandomCall {
        var copy = RandomCall(id: header.messageID, using: &random)
        copy.header.source = header.source
        copy.header.userNamespace = header.userNamespace
        copy.header.receivedAt.microseconds += Int64(number)
        return copy
    }
}

/// Draws what a call is made of.
private struct Pick {
    var random: SplitMix

    init(_ random: SplitMix) { self.random = random }

    mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    var user: String { mutating get { "u\(below(5))" } }
    var device: String { mutating get { ["d0", "d1", "d2", "kiosk"][below(4)] } }
    /// The id of the device itself, if the call is from an app.
    var phoneInHand: String? { mutating get { below(3) == 0 ? "h\(below(2))" : nil } }
    var contact: String { mutating get { "k\(below(4))" } }
    var customer: String { mutating get { "c\(below(4))" } }
    var email: (String, String) {
        mutating get { ("email", "\(["ann", "bob", "fam", "work", "info"][below(5)])@x.io") }
    }
    var phone: (String, String) { mutating get { ("phone", "+1202555010\(below(3))") } }
    var plan: (String, String) { mutating get { ("plan", ["free", "pro", "team"][below(3)]) } }
    var color: (String, String) { mutating get { ("color", ["red", "green", "blue"][below(3)]) } }

    mutating func some(_ traits: [(String, String)]) -> [(String, String)] {
        traits.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
    }
}
