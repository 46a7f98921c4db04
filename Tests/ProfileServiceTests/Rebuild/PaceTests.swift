import MessageLog
import Testing

@testable import ProfileService

@Suite("The pace of a rebuild")
struct PaceTests {
    @Test("is full while the store in use has nothing to do, and half of that while it is behind")
    func rests() {
        var pace = Pace()
        let batch = Duration.milliseconds(100)
        #expect(pace.rest(batch, left: 90_000, ["a": 5], ["a": 5]) == batch / 2)
        #expect(pace.rest(batch, left: 80_000, ["a": 5], ["a": 5]) == .zero)
        #expect(pace.rest(batch, left: 70_000, ["a": 5], ["a": 9000]) == batch)
        #expect(pace.rest(batch, left: 60_000, ["a": 9000], ["a": 9000]) == batch / 2)
        #expect(pace.rest(.seconds(5), left: 50_000, ["a": 9000], ["a": 99_000]) == .seconds(1))
    }

    @Test("does not rest while it gains nothing on what keeps coming")
    func gainsNothing() {
        var pace = Pace()
        let batch = Duration.milliseconds(100)
        #expect(pace.rest(batch, left: 10_000, ["a": 5], ["a": 9000]) == batch)
        #expect(pace.rest(batch, left: 10_000, ["a": 6], ["a": 9000]) == .zero)
        #expect(pace.rest(batch, left: 11_000, ["a": 7], ["a": 9000]) == .zero)
        #expect(pace.rest(batch, left: 9000, ["a": 8], ["a": 9000]) == batch)
        // Less than before, but only because the store in use has made no step since.
        #expect(pace.rest(batch, left: 12_000, ["a": 9], ["a": 9000]) == .zero)
        #expect(pace.rest(batch, left: 9500, ["a": 9], ["a": 9009]) == .zero)
    }

    @Test("is close when two seconds are enough for what is left, or one batch of the store in use is")
    func close() {
        var pace = Pace()
        #expect(pace.isClose(8191) && !pace.isClose(8192))
        _ = pace.rest(.milliseconds(250), left: 90_000, ["a": 5], ["a": 5])
        #expect(pace.isClose(31_999) && !pace.isClose(32_000))
    }

    @Test("a turn is given to those who wait in the order in which they asked")
    func turns() async {
        let turn = Turn()
        await turn.take()
        let (order, told) = AsyncStream<Int>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            for place in 0..<5 {
                group.addTask {
                    await turn.take()
                    told.yield(place)
                    turn.give()
                }
                // The next one asks when this one waits.
                while turn.waiting <= place { await Task.yield() }
            }
            turn.give()
        }
        told.finish()
        #expect(await order.reduce(into: []) { $0.append($1) } == [0, 1, 2, 3, 4])
    }
}

extension Pace {
    fileprivate mutating func rest(
        _ batch: Duration,
        left: Int64,
        _ positions: [String: Offset],
        _ heads: [String: Offset]
    ) -> Duration {
        rest(after: batch, records: 4000, left: left, positions: positions, heads: heads)
    }
}
