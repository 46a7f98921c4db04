import Synchronization
import Topics

/// What of people's decisions the store in use goes by, so that one who decides can wait until it is so.
final class BookInEffect: Sendable {
    private struct State {
        var book = ControlBook()
        var ids: Set<String> = []
        var forgotten = 0
        var waiting: [Int: (id: String, continuation: CheckedContinuation<Void, Never>)] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    /// Notes what is in effect from now on.
    func note(_ book: ControlBook) {
        let forgotten = book.erasures.values.filter { $0.forgotten != nil }.map(\.suppression.id)
        let ids = Set(book.decisions.keys).union(book.corrections.keys).union(book.withdrawals.keys.map { "-\($0)" })
            .union(forgotten)
        let ready = state.withLock { state in
            state.book = book
            state.ids = ids
            state.forgotten = forgotten.count
            let ready = state.waiting.filter { ids.contains($0.value.id) }
            for place in ready.keys { state.waiting[place] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// What is in effect.
    var book: ControlBook { state.withLock { $0.book } }

    /// How many erasures the store has done; costs next to nothing.
    var forgotten: Int { state.withLock { $0.forgotten } }

    /// Returns once a decision is in effect, or after a while; whether it is.
    func wait(for id: String, atMost patience: Duration) async -> Bool {
        let place = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.wait(for: id, at: place)
                return true
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return false
            }
            let isInEffect = await group.next() ?? false
            giveUp(place)
            group.cancelAll()
            return isInEffect
        }
    }

    /// The same of a withdrawal.
    func waitForWithdrawal(of id: String, atMost patience: Duration) async -> Bool {
        await wait(for: "-\(id)", atMost: patience)
    }

    private func wait(for id: String, at place: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.ids.contains(id) { return true }
                state.waiting[place] = (id, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func giveUp(_ place: Int) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: place) }
        waiting?.continuation.resume()
    }
}
