import Events
import Identity
import Store
import Testing
import Topics

@testable import ProfileService

@Suite("What a decision would change")
struct IdentityOutlookTests {
    private typealias Person = IdentityOutlook.Person

    private static let hashes = KeyedHash(secret: Array(repeating: 7, count: 32))

    private static func view(of world: PipelineWorld) -> StoreView {
        let lookup = ProfileLookup(rules: Rules(), hashes: hashes)
        return StoreView(reader: world.store, lookup: lookup, rules: StoredRules(rules: Rules()))
    }

    private static func outlook(
        _ left: Identifier,
        _ right: Identifier,
        _ verdict: IdentityDecision.Verdict,
        in world: PipelineWorld
    ) throws -> IdentityOutlook {
        let (view, now) = (Self.view(of: world), Timestamp(microseconds: TestEvent.microseconds(90)))
        return try world.store.read { db in
            let pair = try DecidedPair(.identifier(left), .identifier(right), in: view, db)
            return try IdentityOutlook(of: pair, verdict, at: now, in: view, db)
        }
    }

    private static func withdrawal(of id: String, in world: PipelineWorld) throws -> IdentityOutlook {
        let view = Self.view(of: world)
        return try world.store.read { db in
            try IdentityOutlook(withdrawing: id, isTried: true, in: view, db)
        }
    }

    /// An identifier that stands alone, and why if it is nobody's.
    private static func alone(_ identifier: Identifier, _ nobody: String? = nil) -> Person {
        Person(id: hashes.key(of: identifier).publicID, identifiers: [identifier.description], nobody: nobody)
    }

    @Test("shows the address of two records that are parted as nobody's")
    func ambiguous() async throws {
        let world = try PipelineWorld()
        func record(_ id: String, at time: Int64, _ type: String) -> TestEvent {
            let ids = #"{"externalIds":[{"id":"\#(id)","type":"\#(type)"}]}"#
            return TestEvent(id, at: time, .identify, #"{"context":\#(ids),"traits":{"email":"both@x.example"}}"#)
        }
        try await world.send(record("c1", at: 1, "shop.customer"), record("k1", at: 2, "crm.contact"))
        try await world.settle()
        let (customer, contact) = (Identifier("shop.customer", "c1"), Identifier("crm.contact", "k1"))
        let address = Identifier("email", "both@x.example")
        let outlook = try Self.outlook(customer, contact, .apart, in: world)
        #expect(outlook.before.map { $0.identifiers.count } == [3])
        #expect(outlook.before.allSatisfy { $0.nobody == nil })
        #expect(Set(outlook.after) == [Self.alone(customer), Self.alone(contact), Self.alone(address, "ambiguous")])
    }

    @Test("shows a shared mailbox that becomes somebody's, and that becomes nobody's again")
    func shared() async throws {
        let world = try PipelineWorld()
        try await world.send(
            (1...7).map { .mail("m\($0)", at: Int64($0), user: "u\($0)", address: "info@x.example") }
        )
        try await world.settle()
        let (mailbox, user) = (Identifier("email", "info@x.example"), Identifier("user", "u3"))
        let outlook = try Self.outlook(mailbox, user, .together, in: world)
        #expect(Set(outlook.before) == [Self.alone(user), Self.alone(mailbox, "shared")])
        #expect(outlook.after.map { Set($0.identifiers) } == [[mailbox.description, user.description]])
        let word = Word(author: "eve", reason: "so", time: Timestamp(microseconds: TestEvent.microseconds(50)))
        let decision = IdentityDecision(id: "d1", verdict: .together, left: mailbox, right: user, word: word)
        try await world.decide(.decision(decision))
        try await world.consumer.drain()
        let end = try Self.withdrawal(of: "d1", in: world)
        #expect(Set(end.before) == Set(outlook.after))
        #expect(Set(end.after) == Set(outlook.before))
    }
}
