import Metrics
import Synchronization

/// The bytes of request bodies that may be in the process at one time, shared by all requests.
final class BodyBudget: Sendable {
    private let used = Atomic(0)
    private let limit: Int
    private let gauge = Meter(label: "kith_ingest_inflight_bytes")

    init(limit: Int) {
        self.limit = limit
    }

    /// The bytes that are taken now.
    var inUse: Int { used.load(ordering: .relaxed) }

    /// Takes so many bytes if they are left; a request that is alone always gets them.
    fileprivate func take(_ bytes: Int) -> Bool {
        let (before, after) = used.add(bytes, ordering: .relaxed)
        if after > limit, before > 0 {
            used.subtract(bytes, ordering: .relaxed)
            return false
        }
        gauge.set(after)
        return true
    }

    fileprivate func give(_ bytes: Int) {
        guard bytes > 0 else { return }
        gauge.set(used.subtract(bytes, ordering: .relaxed).newValue)
    }
}

/// One request's part of the budget, given back when the request is done.
struct BodyLease: ~Copyable {
    private let budget: BodyBudget
    private(set) var bytes = 0

    init(of budget: BodyBudget) {
        self.budget = budget
    }

    /// Makes sure the lease covers so many bytes.
    mutating func cover(_ count: Int) -> Bool {
        guard count > bytes else { return true }
        guard budget.take(count - bytes) else { return false }
        bytes = count
        return true
    }

    /// Gives the bytes back before the request is done, because they are not kept.
    mutating func giveBack() {
        budget.give(bytes)
        bytes = 0
    }

    deinit { budget.give(bytes) }
}
