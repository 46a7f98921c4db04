import Events
import Identity
import Testing

@Suite("What holds for every set of events")
struct ResolverPropertyTests {
    /// A thousand sets, in tests of fifty.
    private static let seeds: [Range<UInt64>] = stride(from: 0, to: 1000, by: 50).map { $0..<$0 + 50 }

    @Test("any order, doubling, batching and number of workers gives the same", arguments: seeds)
    func orderFree(seeds: Range<UInt64>) throws {
        for seed in seeds {
            var random = SplitMix(seed)
            let set = try EventSet.random(&random)
            let expected = received(set, &random).result
            for _ in 0..<20 { expect(received(set, &random).result, toBe: expected, seed) }
        }
    }

    @Test("what is added and taken back leaves nothing behind", arguments: seeds)
    func retraction(seeds: Range<UInt64>) throws {
        for seed in seeds {
            var random = SplitMix(seed)
            let (before, added) = try EventSet.random(&random).divided(using: &random)
            var reception = received(before, &random)
            let expected = reception.result
            reception.take(Delivery(of: added, using: &random))
            reception.takeBack(added)
            expect(reception.result, toBe: expected, seed)
            expect(received(before, &random).result, toBe: expected, seed)
        }
    }

    @Test("the sets have what may go wrong: every state and every reason")
    func coverage() throws {
        var words: Set<String> = []
        for seed in 0..<200 {
            var random = SplitMix(UInt64(seed))
            let resolution = received(try EventSet.random(&random), &random).resolved.resolution
            words.formUnion(resolution.states.map(\.word) + resolution.rejected.map { "rejected: \($0.reason.word)" })
        }
        let reasons = ["limit", "shared", "outside", "separated", "claimed", "ambiguous"]
        #expect(words.isSuperset(of: ["whole", "shared", "divided", "claimed", "ambiguous"]))
        #expect(words.isSuperset(of: reasons.map { "rejected: \($0)" }))
    }

    private func received(_ set: EventSet, _ random: inout SplitMix) -> Reception {
        var reception = Reception(rules: set.rules)
        reception.take(Delivery(of: set, using: &random))
        return reception
    }

    private func expect(_ found: FullResult, toBe expected: FullResult, _ seed: UInt64) {
        guard found != expected else { return }
        Issue.record("seed \(seed):\n\(found.differences(from: expected).joined(separator: "\n"))")
    }
}
