import Synchronization

/// Wakes one waiter; a ring that nobody waits for is kept.
final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            state.hasRung = state.waiter == nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns once it rings or has rung, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.hasRung || Task.isCancelled {
                        state.hasRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }

    /// As ``wait()``, but no longer than so long; `nil` waits for ever.
    func wait(atMost limit: Duration?) async {
        guard let limit else { return await wait() }
        await Bell.wait(forAnyOf: [self], atMost: limit)
    }

    /// Returns once one of the bells rings or has rung, so long has passed, or the task is cancelled.
    static func wait(forAnyOf bells: [Bell], atMost limit: Duration) async {
        await withTaskGroup { group in
            for bell in bells { group.addTask { await bell.wait() } }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
