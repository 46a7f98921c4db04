import Foundation

/// The seeds of tests by chance.
enum Seeds {
    /// So many, or as many times more as `KITH_TEST_SEEDS` says (`make fuzz`).
    static func from(_ start: UInt64 = 0, count: UInt64) -> Range<UInt64> {
        let factor = ProcessInfo.processInfo.environment["KITH_TEST_SEEDS"].flatMap(UInt64.init) ?? 1
        return start..<start + count * factor
    }
}
