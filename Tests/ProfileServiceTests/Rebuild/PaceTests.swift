import Testing

@testable import ProfileService

@Suite("The pace of a rebuild")
struct PaceTests {
    @Test("is full while the store in use has nothing to do, and half of that while it is behind")
    func rests() {
        var pace = Pace()
        let batch = Duration.milliseconds(100)
        #expect(pace.rest(after: batch, positions: ["a": 5], heads: ["a": 5]) == batch / 2)
        #expect(pace.rest(after: batch, positions: ["a": 5], heads: ["a": 5]) == .zero)
        #expect(pace.rest(after: batch, positions: ["a": 5], heads: ["a": 9]) == batch)
        #expect(pace.rest(after: batch, positions: ["a": 9], heads: ["a": 9]) == batch / 2)
        #expect(pace.rest(after: .seconds(5), positions: ["a": 9], heads: ["a": 10]) == .seconds(1))
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
