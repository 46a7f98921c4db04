import Dispatch
import Synchronization
import Testing

@testable import Curl

@Suite("Threads for calls that block")
struct BlockingThreadsTests {
    @Test("hold up nobody else, be they hundreds", .timeLimit(.minutes(5)))
    func holdUpNobody() async {
        let count = 300
        let gate = DispatchSemaphore(value: 0)
        let begun = Atomic(0)
        let hung = BlockingThreads(limit: count)
        for _ in 0..<count {
            hung.run {
                begun.add(1, ordering: .relaxed)
                gate.wait()
            }
        }
        await withCheckedContinuation { continuation in BlockingThreads(limit: 1).run { continuation.resume() } }
        while begun.load(ordering: .relaxed) < count { await Task.yield() }
        for _ in 0..<count { gate.signal() }
    }

    @Test("are no more than so many, and take what waits in order")
    func areBounded() async {
        let threads = BlockingThreads(limit: 1)
        let order = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<100 {
                threads.run {
                    let isLast = order.withLock { order in
                        order.append(number)
                        return order.count == 100
                    }
                    if isLast { continuation.resume() }
                }
            }
        }
        #expect(order.withLock { $0 } == Array(0..<100))
    }
}
