import Foundation

/// The seeds of tests by chance.
enum Seeds {
    /// How many times more there are, as `KITH_TEST_SEEDS` says (`make fuzz`).
    private static let factor = ProcessInfo.processInfo.environment["KITH_TEST_SEEDS"].flatMap(UInt64.init) ?? 1

    /// So many, or as many times more.
    static func from(_ start: UInt64 = 0, count: UInt64) -> Range<UInt64> {
        start..<start + count * factor
    }

    /// In how many orders the events of one seed come.
    static var orders: Int { factor > 1 ? 20 : 4 }
}
