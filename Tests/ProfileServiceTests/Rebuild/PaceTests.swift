import Testing

@testable import ProfileService

@Suite("The pace of a rebuild")
struct PaceTests {
    /// What is left after each of some batches of 4096 records.
    private func isLosing(_ left: [Int64]) -> Bool {
        var pace = Pace()
        for left in left {
            _ = pace.rest(after: .seconds(1), records: 4096, left: left, positions: [:], heads: [:])
        }
        return pace.isLosing
    }

    @Test("is lost where about as much comes anew as is taken in")
    func losing() {
        #expect(isLosing([45_500, 49_600, 45_500, 41_400, 45_500, 41_400, 45_500, 41_400]))
        #expect(isLosing([45_500, 46_500, 47_500, 48_500, 49_500, 50_500, 51_500, 52_500]))
    }

    @Test("is not lost while it ends, nor before that can be told")
    func gaining() {
        #expect(!isLosing((0..<8).map { 45_500 - $0 * 4096 }))
        #expect(!isLosing([45_500, 49_600, 53_700]))
    }

    @Test("is judged anew once the store in use stood still")
    func anew() {
        var pace = Pace()
        for _ in 0..<8 {
            _ = pace.rest(after: .seconds(1), records: 4096, left: 45_500, positions: [:], heads: [:])
        }
        #expect(pace.isLosing)
        pace.stoodStill()
        #expect(!pace.isLosing)
    }
}
