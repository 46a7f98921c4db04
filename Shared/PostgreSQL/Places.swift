import Synchronization

/// Places for so many at once; who comes later waits, in the order in which they came.
final class Places: Sendable {
    private struct Waiter {
        let number: Int
        let caller: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var waiting: [Waiter] = []
        var asked = 0
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Returns true once there is a place, which is to be given back, and false when the task is cancelled before.
    func take() async -> Bool {
        let number = state.withLock { state -> Int in
            state.asked += 1
            return state.asked
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                if let answer = begin(number, caller) { caller.resume(returning: answer) }
            }
        } onCancel: {
            end(number)?.resume(returning: false)
        }
    }

    /// The answer, or `nil` for a caller who has to wait for it.
    private func begin(_ number: Int, _ caller: CheckedContinuation<Bool, Never>) -> Bool? {
        state.withLock { state -> Bool? in
            if Task.isCancelled { return false }
            guard state.free == 0 else {
                state.free -= 1
                return true
            }
            state.waiting.append(Waiter(number: number, caller: caller))
            return nil
        }
    }

    private func end(_ number: Int) -> CheckedContinuation<Bool, Never>? {
        state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place).caller
        }
    }

    /// Gives a place back, to who has waited for one the longest.
    func give() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().caller }
            state.free += 1
            return nil
        }
        next?.resume(returning: true)
    }
}
