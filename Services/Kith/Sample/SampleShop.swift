import Events

/// An invented tea shop's customers, the same for the same number and seed.
struct SampleShop: Sendable {
    /// The shop's own address.
    static let address = "hello@teahouse.example"
    /// A mailbox that several customers order with: it is no one's.
    static let sharedMailbox = "orders@office-park.example"
    /// What the sample's events happened before.
    static let end = Timestamp(microseconds: 1_782_777_600_000_000)
    static let days = 90

    let people: [SamplePerson]
    /// Browsers that nobody ever logged in with.
    let visitors: [String]
    private let seed: UInt64

    init(people count: Int, seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        var people = (0..<count).map { SampleShop.person($0, &random) }
        for index in SampleShop.officeMembers(of: people) { people[index].ordersForOffice = true }
        self.people = people
        visitors = (0..<max(1, count / 5)).map { _ in random.hex(16) }
    }

    /// Random numbers for one of the files, apart from those of the others.
    func random(for file: String) -> SeededRandom {
        SeededRandom(seed: file.utf8.reduce(seed &* 31) { $0 &* 131 &+ UInt64($1) })
    }

    /// A time in the sample's months.
    static func time(_ random: inout SeededRandom) -> Timestamp {
        let span = Int64(days) * 86_400
        return Timestamp(microseconds: end.microseconds - (1 + Int64(random.below(Int(span)))) * 1_000_000)
    }

    private static func person(_ index: Int, _ random: inout SeededRandom) -> SamplePerson {
        let name = SampleNames.name(of: index)
        let mark = index < 26 ? "" : "\(index)"
        let isInCRM = random.chance(75)
        let hasAccount = random.chance(70)
        let domain = random.pick(["example.com", "example.org", "example.net", "mail.example.com"])
        return SamplePerson(
            index: index,
            name: name,
            email: "\(name.plain.first).\(name.plain.last)\(mark)@\(domain)",
            otherEmail: random.chance(30) ? "\(name.plain.first)\(index + 1)@post.example.org" : nil,
            phone: phone(index),
            city: random.pick(["Seoul", "Lisbon", "Osaka", "Leeds", "Graz", "Malmö", "Denver"]),
            plan: random.pick(["free", "free", "plus", "pro"]),
            user: hasAccount ? "u-\(1001 + index)" : nil,
            // Somebody whom neither knows would be nobody.
            contact: isInCRM || !hasAccount ? "C\(50_001 + index)" : nil,
            customer: random.chance(60) ? "\(207_119_001 + index * 17)" : nil,
            chat: random.chance(35) ? "U\(random.hex(10).uppercased())" : nil,
            writesMail: random.chance(40),
            devices: (0..<(1 + random.below(2))).map { _ in random.hex(16) },
            ordersForOffice: false
        )
    }

    /// Enough of them that no rule could take the mailbox for one person's, or none.
    private static func officeMembers(of people: [SamplePerson]) -> [Int] {
        let able = people.indices.filter { people[$0].user != nil && people[$0].customer != nil }
        return able.count < 8 ? [] : Array(able.prefix(max(12, people.count / 5)))
    }

    /// A number from the ranges that are kept for films.
    private static func phone(_ index: Int) -> String {
        if index < 1000 { return "+447700900\(padded(index, 3))" }
        let areas = [
            201, 202, 206, 212, 213, 214, 215, 216, 303, 305, 312, 313, 314, 315, 404, 405, 406, 408, 412, 415,
        ]
        return "+1\(areas[(index / 100) % areas.count])55501\(padded(index % 100, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
