import Synchronization

/// The requests that wait for answers, in batches each of which has one caller.
///
/// Answers carry the batch's number and the request's place in it, which is below 65,536, as the last part of their subject.
final class PendingReplies: Sendable {
    /// Called once, with nil for each request that was not answered.
    typealias Caller = @Sendable ([NATSReply?]) -> Void

    private struct Batch {
        var replies: [NATSReply?]
        var left: Int
        var deadline: ContinuousClock.Instant
        var caller: Caller
    }

    private struct Table {
        var last: UInt64 = 0
        var batches: [UInt64: Batch] = [:]
        var isClosed = false
    }

    private static let placeBits: UInt64 = 16
    private let table = Mutex(Table())

    /// Whether no more are taken.
    var isClosed: Bool { table.withLock(\.isClosed) }

    /// Opens a batch; nil, and the caller has its answer, when no more are taken.
    func open(_ count: Int, until deadline: ContinuousClock.Instant, _ caller: @escaping Caller) -> UInt64? {
        let number = table.withLock { table -> UInt64? in
            guard !table.isClosed, count > 0 else { return nil }
            table.last += 1
            table.batches[table.last] = Batch(
                replies: Array(repeating: nil, count: count),
                left: count,
                deadline: deadline,
                caller: caller
            )
            return table.last
        }
        if number == nil { caller(Array(repeating: nil, count: count)) }
        return number
    }

    /// What stands for a request in the subject of its answer.
    static func token(_ batch: UInt64, _ place: Int) -> UInt64 { batch << placeBits | UInt64(place) }

    /// Takes the answer to a request, or that there will be none.
    func settle(_ token: UInt64, _ reply: NATSReply?) {
        let (number, place) = (token >> Self.placeBits, Int(token & (1 << Self.placeBits - 1)))
        let done = table.withLock { table -> Batch? in
            guard table.batches[number] != nil else { return nil }
            table.batches[number]?.replies[place] = reply
            table.batches[number]?.left -= 1
            guard table.batches[number]?.left == 0 else { return nil }
            return table.batches.removeValue(forKey: number)
        }
        if let done { done.caller(done.replies) }
    }

    /// Answers the batches whose time is over with what there is.
    func expire(_ now: ContinuousClock.Instant) {
        finish { $0.deadline <= now }
    }

    /// Answers all with what there is: nothing more will come, since the connection broke.
    func abandon() {
        finish { _ in true }
    }

    /// Answers all, and takes no more.
    func close() {
        table.withLock { $0.isClosed = true }
        abandon()
    }

    private func finish(where isOver: (Batch) -> Bool) {
        let over = table.withLock { table -> [Batch] in
            let numbers = table.batches.filter { isOver($0.value) }.keys
            return numbers.compactMap { table.batches.removeValue(forKey: $0) }
        }
        for batch in over { batch.caller(batch.replies) }
    }
}
