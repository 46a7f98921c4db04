import Events

/// What customers asked the shop's chat, one Segment call on each line; a few mistyped their own address at first.
struct ChatFile {
    static let name = "chat-events.ndjson"

    private static let topics = ["delivery", "return", "invoice", "allergens", "opening hours"]

    let shop: SampleShop

    var calls: [SampleCall] {
        var random = shop.random(for: ChatFile.name)
        return shop.people.flatMap { person in person.chat.map { conversation(person, $0, &random) } ?? [] }
    }

    /// The addresses that are somebody's only by a slip of the pen.
    var mistypedAddresses: [(person: SamplePerson, email: String)] {
        shop.people.filter { $0.chat != nil && $0.index % 3 == 1 }.map { ($0, ChatFile.mistyped($0.email)) }
    }

    private func conversation(_ person: SamplePerson, _ chat: String, _ random: inout SeededRandom) -> [SampleCall] {
        let start = SampleShop.time(&random)
        let topic = random.pick(ChatFile.topics)
        let first = person.index % 3 == 1 ? ChatFile.mistyped(person.email) : person.email
        return [first, person.email].enumerated().map { step, email in
            SampleCall(type: .track, time: start.advanced(seconds: Int64(90 * step)), id: random.hex(20)) { call in
                call.name = step == 0 ? "Chat Started" : "Chat Message Sent"
                call.identifiers = [Identifier("chat.user", chat), Identifier("email", email)]
                call.properties = ["topic": .string(topic)]
            }
        }
    }

    private static func mistyped(_ email: String) -> String {
        let parts = email.split(separator: "@")
        return parts.count == 2 ? "\(parts[0].dropLast())@\(parts[1])" : email
    }
}
