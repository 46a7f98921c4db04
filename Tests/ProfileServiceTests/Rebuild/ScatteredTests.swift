import Events
import Store
import Testing

@testable import ProfileService

@Suite("A person who comes apart into very many", .onBothEngines)
struct ScatteredTests {
    private static let identifiers = (1...300).map { Identifier("user", "\($0)") }

    /// A store in which they are one, and another one in which each is one.
    private static func stores(in world: RebuildWorld) throws -> (old: any BatchStore, new: any BatchStore) {
        let (old, new) = (try world.places.open(2, for: .service), try world.places.open(3, for: .construction))
        try old.write { db in _ = try StoreFixture(db: db).profile(1, identifiers) }
        try new.write { db in
            for (place, identifier) in identifiers.enumerated() {
                try StoreFixture(db: db).profile(Int64(place) + 1, [identifier])
            }
            try FindingTable(db: db).reset()
        }
        return (old, new)
    }

    @Test("is counted once, and of each of them no more of the others are noted than are told")
    func scattered() throws {
        let world = try RebuildWorld()
        let (old, new) = try Self.stores(in: world)
        try new.write { new in
            try old.read { old in
                let comparison = StoreComparison(old: old, new: new)
                let table = FindingTable(db: new)
                let numbers = (1...300).map { Int64($0) }
                try comparison.load(numbers)
                for number in numbers { try table.note(try comparison.profile(number)?.finding, of: number) }
                let news = try table.news(after: 0, limit: 1000)
                let all = news.map(\.key)
                #expect(all.count == 300)
                #expect(news.allSatisfy { $0.siblings.count == MergeLog.Entry.mostResults })
                for story in news {
                    let told = MergeLog.Entry.told(story.key, among: story.siblings)
                    #expect(told == MergeLog.Entry.told(story.key, among: all.sorted()))
                }
                let report = try ReportAssembly(old: old, new: new).report(refused: 0, missing: 0)
                #expect(report.counts == RebuildReport.Counts(before: 1, after: 300, split: 1))
            }
        }
    }
}
