import Metrics
import Synchronization

/// The bytes of request bodies that may be in the process at one time, shared by all requests.
final class BodyBudget: Sendable {
    private let shares: Mutex<BodyShares>
    private let gauge = Meter(label: "kith_ingest_inflight_bytes")

    init(limit: Int) {
        shares = Mutex(BodyShares(limit: limit))
    }

    /// The bytes that are taken now.
    var inUse: Int { shares.withLock { $0.used } }

    fileprivate func change<Result: Sendable>(_ change: (inout BodyShares) -> Result) -> Result {
        let (result, used) = shares.withLock { shares in (change(&shares), shares.used) }
        gauge.set(used)
        return result
    }
}

/// One request's part of the budget, given back when the request is done.
struct BodyLease: ~Copyable {
    /// What it covers, for whoever reads the body.
    let share: BodyShare

    init(of budget: BodyBudget) {
        share = BodyShare(budget: budget, number: budget.change { $0.begin(at: .now) })
    }

    deinit { share.end() }
}

/// A request's part of the budget, for as long as its lease lasts.
struct BodyShare: Sendable {
    fileprivate let budget: BodyBudget
    fileprivate let number: Int

    /// Makes sure the share has so many bytes.
    func cover(_ count: Int) -> Bool {
        budget.change { $0.cover(count, by: number, at: .now) }
    }

    /// Gives the bytes back before the request is done, because they are not kept.
    func giveBack() {
        budget.change { $0.giveBack(number) }
    }

    /// Lets the body give way while more of it is to come; the stream ends when it has to, and then the bytes are taken back.
    func comes() -> AsyncStream<Void> {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self)
        budget.change { $0.expect(number, telling: signal) }
        return stream
    }

    /// Says that no more of the body is to come.
    func isThere() {
        budget.change { $0.settle(number) }
    }

    fileprivate func end() {
        budget.change { $0.end(number) }
    }
}
