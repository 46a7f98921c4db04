import Testing

@testable import Membership

@Suite("How long a member has not reached the log")
struct ReachTests {
    private let start = ContinuousClock.now

    /// Asked each second from the first to the last, it is to do this.
    private func expect(
        _ duty: Reach.Duty,
        of reach: inout Reach,
        _ seconds: ClosedRange<Int>,
        hasSuccessor: Bool = true
    ) {
        for second in seconds {
            let found = reach.duty(hasSuccessor: hasSuccessor, at: start + .seconds(second))
            #expect(found == duty, "after \(second) s")
        }
    }

    @Test("it ends its terms after some ten seconds, cuts them short after five more, and ends itself in the end")
    func steps() {
        var reach = Reach(at: start)
        expect(.goOn, of: &reach, 0...10)
        expect(.handOver, of: &reach, 11...15)
        expect(.cutShort, of: &reach, 16...30)
        expect(.end, of: &reach, 31...32)
        reach.noteAnswer(at: start + .seconds(33))
        expect(.goOn, of: &reach, 33...38)
    }

    @Test("it goes on while nobody else reaches the log, and for a while after somebody does")
    func nobody() {
        var reach = Reach(at: start)
        expect(.goOn, of: &reach, 0...60, hasSuccessor: false)
        expect(.goOn, of: &reach, 61...65)
        // The others lose it as well.
        expect(.goOn, of: &reach, 66...66, hasSuccessor: false)
        expect(.goOn, of: &reach, 67...71)
        expect(.handOver, of: &reach, 72...72)
    }

    @Test("the others are to take it for cut off after five seconds, until it has reached the log for five")
    func doubt() {
        var reach = Reach(at: start)
        #expect(!isDoubted(reach, after: 5) && isDoubted(reach, after: 6))
        for second in 8...12 {
            reach.noteAnswer(at: start + .seconds(second))
            #expect(isDoubted(reach, after: second))
        }
        #expect(!isDoubted(reach, after: 13))
        reach.noteAnswer(at: start + .seconds(14))
        #expect(!isDoubted(reach, after: 19))
    }

    private func isDoubted(_ reach: Reach, after second: Int) -> Bool {
        reach.isInDoubt(at: start + .seconds(second))
    }
}
