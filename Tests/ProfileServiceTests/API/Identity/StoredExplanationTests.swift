import Events
import Identity
import MessageLog
import Store
import Testing

@testable import ProfileService

@Suite("Explaining what the pipeline made")
struct StoredExplanationTests {
    private static let lookup = ProfileLookup(
        rules: Rules(),
        hashes: KeyedHash(secret: Array(repeating: 7, count: 32))
    )

    @Test(
        "two are together exactly if the store has them in one profile, and no question changes the store",
        arguments: Seeds.from(count: 12)
    )
    func agrees(seed: UInt64) async throws {
        var random = Xorshift(seed)
        let world = try PipelineWorld()
        try await world.send(Self.events(&random))
        try await world.settle()
        let before = try world.graph()
        let outcomes = try Self.outcomes(of: world)
        #expect(outcomes.isEmpty == false)
        for outcome in outcomes {
            #expect(outcome.isTold == outcome.isStored, "\(outcome.names)")
            #expect(outcome.chain?.allSatisfy { $0 } == outcome.isTold || outcome.chain == nil, "\(outcome.names)")
        }
        #expect(try world.graph() == before)
    }

    /// What the store and an explanation say of two identifiers.
    private struct Outcome {
        var names: String
        var isStored: Bool
        var isTold: Bool
        /// For each link whether it was followed.
        var chain: [Bool]?
    }

    private static func outcomes(of world: PipelineWorld) throws -> [Outcome] {
        try world.store.read { try outcomes(in: $0) }
    }

    private static func outcomes(in db: any SQLConnection) throws -> [Outcome] {
        let graph = try WorkingGraph(reading: db, rules: lookup.rules, hash: lookup.hashes)
        let names = try db.all(
            "SELECT n.name, i.value FROM identifier i JOIN namespace n ON n.id = i.namespace WHERE device IS NULL"
        ) {
            Identifier($0[0], $0[1])
        }
        return try names.flatMap { one in
            try names.map { other in
                let subjects = try [one, other].map { try Subject(.identifier($0), by: lookup, in: graph) }
                let explanation = try StoredExplanation(subjects[0], subjects[1], in: graph)
                let profiles = try subjects.map { try Self.profiles(of: $0, in: graph) }
                return Outcome(
                    names: "\(one) \(other)",
                    isStored: one == other || !profiles[0].isDisjoint(with: profiles[1]),
                    isTold: explanation.isTogether,
                    chain: explanation.chain?.map { $0.rejection == nil }
                )
            }
        }
    }

    /// The profiles that have an identifier, or parts of it.
    private static func profiles(of subject: Subject, in graph: WorkingGraph) throws -> Set<Int64> {
        let id = try #require(subject.id)
        let nodes = try [id] + graph.parts(of: id).values
        return Set(try nodes.map { try graph.node($0).profile })
    }

    /// Few people with many ways to be mistaken for each other.
    private static func events(_ random: inout Xorshift) -> [TestEvent] {
        (0..<40).map { place in
            let user = Int.random(in: 1...9, using: &random)
            let device = Int.random(in: 1...4, using: &random)
            let address = Int.random(in: 1...4, using: &random)
            let event =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: #"{"userId":"u\#(user)","anonymousId":"d\#(device)"}"#
                case 1: #"{"userId":"u\#(user)","traits":{"email":"m\#(address)@shop.example"}}"#
                case 2: #"{"anonymousId":"d\#(device)","traits":{"email":"m\#(address)@shop.example"}}"#
                default: #"{"userId":"u\#(user)","traits":{"phone":"+1201555010\#(address)"}}"#
                }
            return TestEvent("m\(place)", at: .random(in: 1...30, using: &random), .identify, event)
        }
    }
}
