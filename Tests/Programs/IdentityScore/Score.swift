/// How well profiles agree with the truth, over all pairs of events.
struct Score {
    let precision: Double
    let recall: Double
    /// How many profiles have the events of several people.
    let mixed: Int
    /// How many people the one of them has that has the most; 1 if there is none.
    let largestMix: Int
    /// The most events of one profile.
    let mostEvents: Int

    init(_ rows: [Truth.Row], profiles: [Int]) {
        var people: [Int: Int] = [:]
        var found: [Int: Int] = [:]
        var both: [Both: Int] = [:]
        for (row, profile) in zip(rows, profiles) where !row.isKiosk {
            people[row.person, default: 0] += 1
            found[profile, default: 0] += 1
            both[Both(person: row.person, profile: profile), default: 0] += 1
        }
        precision = Self.pairs(both) / Self.pairs(found)
        recall = Self.pairs(both) / Self.pairs(people)
        let mixes = Dictionary(grouping: both.keys, by: \.profile).values.map(\.count)
        mixed = mixes.count { $0 > 1 }
        largestMix = mixes.max() ?? 0
        mostEvents = found.values.max() ?? 0
    }

    private struct Both: Hashable {
        var person: Int
        var profile: Int
    }

    private static func pairs(_ counts: [some Hashable: Int]) -> Double {
        Double(counts.values.reduce(0) { $0 + $1 * ($1 - 1) / 2 })
    }
}
