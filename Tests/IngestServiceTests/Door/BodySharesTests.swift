import Testing

@testable import IngestService

@Suite("The room that bodies have")
struct BodySharesTests {
    /// Room for ninety bytes.
    private struct Room {
        private let start = ContinuousClock.now
        var shares = BodyShares(limit: 90)

        /// A share of a body of which more is to come.
        mutating func coming() -> Int {
            let number = shares.begin(at: start)
            shares.expect(number, telling: AsyncStream.makeStream(of: Void.self).continuation)
            return number
        }

        mutating func cover(_ count: Int, by number: Int, after time: Duration) -> Bool {
            shares.cover(count, by: number, at: start + time)
        }
    }

    @Test("is given up by one that stands still, or nearly so, and not by one that comes evenly", arguments: [60, 61])
    func givesWay(afterwards: Int) {
        var room = Room()
        let (still, slow, new) = (room.coming(), room.coming(), room.coming())
        var got = [room.cover(60, by: still, after: .zero), room.cover(afterwards, by: still, after: .seconds(1))]
        for second in 1...3 { got.append(room.cover(second, by: slow, after: .seconds(second))) }
        #expect(got == Array(repeating: true, count: 5))
        let early = room.cover(40, by: new, after: .milliseconds(1900))
        #expect(!early)
        let late = room.cover(40, by: new, after: .seconds(3))
        #expect(late)
        #expect(room.shares.used == 43)
        got = [room.cover(62, by: still, after: .seconds(3)), room.cover(4, by: slow, after: .seconds(4))]
        #expect(got == [false, true])
        for number in [still, slow, new] { room.shares.end(number) }
        #expect(room.shares.used == 0)
    }

    @Test("is not given up for one that would not have enough then")
    func tooMuch() {
        var room = Room()
        let (still, whole, new) = (room.coming(), room.coming(), room.coming())
        var got = [room.cover(30, by: still, after: .zero), room.cover(50, by: whole, after: .zero)]
        room.shares.settle(whole)
        got += [room.cover(60, by: new, after: .seconds(9)), room.cover(31, by: still, after: .seconds(9))]
        #expect(got == [true, true, false, true])
    }

    @Test("is all that there is for one that is alone")
    func alone() {
        var room = Room()
        let number = room.coming()
        let isCovered = room.cover(91, by: number, after: .zero)
        #expect(isCovered)
    }
}
