import Synchronization

/// A turn that one task has at a time; the others wait, in the order in which they asked.
final class Turn: Sendable {
    /// Is told whether it is his turn, or that he need not wait for it any longer.
    private typealias Caller = CheckedContinuation<Bool, Never>

    private struct State {
        var isTaken = false
        var last = 0
        var waiting: [(number: Int, caller: Caller)] = []
    }

    private let state = Mutex(State())

    /// Does something once it is the caller's turn; who is cancelled before waits for it no longer.
    func held<Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let number = nextNumber()
        let isTaken = await withTaskCancellationHandler {
            await take(as: number)
        } onCancel: {
            giveUp(number)
        }
        guard isTaken else { throw CancellationError() }
        defer { give() }
        return try await body()
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    /// Waits for the turn; whether it is this task's now.
    private func take(as number: Int) async -> Bool {
        await withCheckedContinuation { caller in
            let isTaken = state.withLock { state -> Bool? in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                // One that is cancelled from here on is found among those who wait.
                if Task.isCancelled { return false }
                state.waiting.append((number, caller))
                return nil
            }
            if let isTaken { caller.resume(returning: isTaken) }
        }
    }

    private func giveUp(_ number: Int) {
        let caller = state.withLock { state -> Caller? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place).caller
        }
        caller?.resume(returning: false)
    }

    /// Gives the turn to who waits for it the longest.
    private func give() {
        let next = state.withLock { state -> Caller? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().caller }
            state.isTaken = false
            return nil
        }
        next?.resume(returning: true)
    }
}
