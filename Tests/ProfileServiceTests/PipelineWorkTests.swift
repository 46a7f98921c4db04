import Identity
import Store
import Testing

@testable import ProfileService

@Suite("What the store does for one more event of a phone")
struct PipelineWorkTests {
    /// What was seen on the phone so far.
    enum History: CaseIterable {
        /// Events, and nothing else.
        case events
        /// Events that tell the same of whoever it is each time.
        case traits
        /// Events that tell something else each time.
        case changes
        /// The same after two people have logged in.
        case turns
        /// The same, and the events come in the order that is opposite to theirs.
        case lateness

        fileprivate var beginning: [TestEvent] {
            guard self == .turns else { return [] }
            return (1...2).map { TestEvent("l\($0)", at: Int64($0), "{\"userId\":\"u\($0)\",\(Self.phone)}}") }
        }

        fileprivate func event(_ number: Int) -> TestEvent {
            let traits =
                switch self {
                case .events: ""
                case .traits, .lateness: #","traits":{"name":"Ann","plan":"free"}"#
                case .changes, .turns: #","traits":{"name":"Ann","step":\#(number)}"#
                }
            let time = self == .lateness ? 100_000 - number : 100 + number
            return TestEvent("m\(number)", at: Int64(time), "{\(Self.phone)\(traits)}}")
        }

        /// Two identifiers, up to where more of the context may follow.
        private static let phone = #""anonymousId":"a","context":{"device":{"id":"k"}"#
    }

    @Test("is the same after a hundred and after thousands", arguments: History.allCases)
    func work(history: History) async throws {
        let (few, many) = (try await Self.work(after: 100, history), try await Self.work(after: 4000, history))
        #expect(few > 0)
        #expect(many <= 2 * few)
    }

    @Test("is the same for another device of an address that was seen on a kiosk, however often it was")
    func besideKiosk() async throws {
        func work(after count: Int) async throws -> Int {
            let logins = (1...6).map { TestEvent("l\($0)", at: Int64($0), "{\"userId\":\"u\($0)\",\(Self.onKiosk)}") }
            return try await Self.work(
                after: logins + (1...count).map(Self.seenOnKiosk),
                Self.seenElsewhere(count + 1),
                Self.seenElsewhere(count + 2)
            )
        }
        let (few, many) = (try await work(after: 100), try await work(after: 4000))
        #expect(few > 0)
        #expect(many <= 2 * few)
    }

    @Test(
        "is the same for a person of whom one trait has many values, of which the greatest or the first counts",
        arguments: [TraitRule.max, .first]
    )
    func manyValues(rule: TraitRule) async throws {
        var rules = Rules()
        rules.traits["order"] = rule
        func event(_ number: Int) -> TestEvent {
            let traits = #""traits":{"order":\#(10_000 - number),"step":\#(number)}"#
            return TestEvent("m\(number)", at: Int64(number), #"{"userId":"u",\#(traits)}"#)
        }
        func work(after count: Int) async throws -> Int {
            try await Self.work(after: (1...count).map(event), event(count + 1), event(count + 2), rules: rules)
        }
        let (few, many) = (try await work(after: 100), try await work(after: 4000))
        #expect(few > 0)
        #expect(many <= 2 * few)
    }

    private static let onKiosk = #""context":{"device":{"id":"k"}}"#
    private static let address = #""traits":{"email":"ann@shop.example"}"#

    /// By turns two people log in, and each time the address is seen.
    private static func seenOnKiosk(_ number: Int) -> TestEvent {
        let who = number % 2 == 0 ? address : #""userId":"u\#(number % 4)""#
        return TestEvent("m\(number)", at: Int64(100 + number), "{\(who),\(onKiosk)}")
    }

    private static func seenElsewhere(_ number: Int) -> TestEvent {
        TestEvent("m\(number)", at: Int64(100 + number), #"{"anonymousId":"a\#(number)",\#(address)}"#)
    }

    private static func work(after count: Int, _ history: History) async throws -> Int {
        try await work(
            after: history.beginning + (1...count).map(history.event),
            history.event(count + 1),
            history.event(count + 2)
        )
    }

    /// What the second of two events takes.
    private static func work(
        after history: [TestEvent],
        _ first: TestEvent,
        _ second: TestEvent,
        rules: Rules = Rules()
    ) async throws -> Int {
        let world = try PipelineWorld(rules: rules)
        try await world.send(history)
        try await world.settle()
        // By then all statements are there, and what a large batch has left behind is gone.
        try await world.send(first)
        try await world.consumer.drain()
        let before = try steps(of: world)
        try await world.send(second)
        try await world.consumer.drain()
        return try steps(of: world) - before
    }

    /// The steps that SQLite has taken for all statements of the connection that writes.
    private static func steps(of world: PipelineWorld) throws -> Int {
        try world.store.write {
            try $0.value("SELECT sum(nstep) FROM sqlite_stmt WHERE sql NOT LIKE '%sqlite_stmt%'") ?? 0
        }
    }
}
