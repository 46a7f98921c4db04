import Events
import Identity
import Testing

@testable import ProfileService

extension PipelineIdentityTests {
    /// Few people with many ways to be mistaken for each other.
    static func events(_ random: inout Xorshift) -> [TestEvent] {
        let loginless = Int.random(in: 1...3, using: &random)
        return (0..<Int.random(in: 5...80, using: &random)).map { place in
            if Int.random(in: 0..<16, using: &random) == 0 { return alias("m\(place)", &random) }
            var parts: [String] = []
            if Int.random(in: 0..<3, using: &random) >= loginless {
                parts.append(#""userId":"u\#(Int.random(in: 1...8, using: &random))""#)
            }
            // Some name nothing but addresses.
            if parts.isEmpty ? Int.random(in: 0..<5, using: &random) > 0 : Bool.random(using: &random) {
                parts.append(#""anonymousId":"d\#(Int.random(in: 1...3, using: &random))""#)
            }
            var traits = [#""plan":"p\#(Int.random(in: 1...3, using: &random))""#]
            if parts.isEmpty || Bool.random(using: &random) {
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
                let ids = (0..<Int.random(in: 1...2, using: &random)).map { _ in externalID(&random) }
                parts.append(#""context":{"externalIds":[\#(ids.joined(separator: ","))]}"#)
            }
            if parts.isEmpty {
                let other = "m\(Int.random(in: 1...4, using: &random))@shop.example"
                parts.append(#""context":{"traits":{"email":"\#(other)"}}"#)
            }
            parts.append("\"traits\":{\(traits.joined(separator: ","))}")
            var event = TestEvent(
                "m\(place)",
                at: .random(in: 1...30, using: &random),
                Bool.random(using: &random) ? .identify : .track,
                "{\(parts.joined(separator: ","))}"
            )
            if event.type == .track, Int.random(in: 0..<4, using: &random) == 0 { event.name = "Signed Out" }
            return event
        }
    }

    private static func externalID(_ random: inout Xorshift) -> String {
        let type = ["crm.contact", "shop.customer"].randomElement(using: &random) ?? ""
        return #"{"id":"c\#(Int.random(in: 1...4, using: &random))","type":"\#(type)"}"#
    }

    /// A call that says that a login or a device is the same person as a login.
    private static func alias(_ id: String, _ random: inout Xorshift) -> TestEvent {
        let (user, other) = (Int.random(in: 1...8, using: &random), Int.random(in: 1...8, using: &random))
        let previous = Bool.random(using: &random) ? "u\(other)" : "d\(other % 3 + 1)"
        let time = Int64.random(in: 1...30, using: &random)
        return TestEvent(id, at: time, .alias, #"{"userId":"u\#(user)","previousId":"\#(previous)"}"#)
    }

    /// The same, as other systems and apps send them too: with the device's own id, and with values of every kind.
    static func variedEvents(_ random: inout Xorshift) -> [TestEvent] {
        let events = Self.events(&random)
        return events.map { $0.varied(&random) }
    }
}

extension TestEvent {
    /// The event from one of several sources, in some cases with the id of the device, and with another plan.
    fileprivate func varied(_ random: inout Xorshift) -> TestEvent {
        var event = self
        event.source = ["web", "app", "crm"].randomElement(using: &random) ?? source
        let plans = [#""p1""#, #""p\u0031""#, "2", "2.0", #"["p1", 2]"#, "null"]
        let plan = plans.randomElement(using: &random) ?? "null"
        event.event = event.event.replacing(#""plan":"p3""#, with: #""plan":\#(plan)"#)
        if Int.random(in: 0..<3, using: &random) == 0 {
            event.add(device: "D\(Int.random(in: 1...2, using: &random))")
        }
        return event
    }

    /// Adds the id of the device to the event's context.
    private mutating func add(device: String) {
        let (context, member) = (#""context":{"#, #""device":{"id":"\#(device)"}"#)
        if event.contains(context) {
            event = event.replacing(context, with: "\(context)\(member),")
        } else {
            event = "{\(context)\(member)},\(event.dropFirst())"
        }
    }
}

extension Rules {
    /// The defaults, with a rule of their own for some traits; at times little is enough for something to be nobody's.
    static func random(_ random: inout Xorshift) -> Rules {
        var rules = Rules()
        let choices: [TraitRule] = [.last, .first, .max, .min, .union, .longest, .trusted(["crm", "web"])]
        for trait in ["plan", "name"] where Bool.random(using: &random) {
            rules.traits[trait] = choices.randomElement(using: &random)
        }
        guard Bool.random(using: &random) else { return rules }
        rules.degreeLimit = .random(in: 4...12, using: &random)
        rules.other.shareThreshold = .random(in: 1...5, using: &random)
        rules.contact.shareThreshold = .random(in: 1...5, using: &random)
        for namespace in rules.namespaces.keys.sorted() {
            rules.namespaces[namespace]?.shareThreshold = .random(in: 1...5, using: &random)
            rules.namespaces[namespace]?.weakShareThreshold = .random(in: 2...8, using: &random)
        }
        return rules
    }
}
