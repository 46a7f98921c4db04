import Synchronization

/// Lets one task at a time do something that waits in between, in the order in which they came.
final class Exclusion: Sendable {
    /// Is told whether it is his turn, or that he need not wait for it any longer.
    private typealias Caller = CheckedContinuation<Bool, Never>

    private struct State {
        var isTaken = false
        var last = 0
        var waiting: [(number: Int, caller: Caller)] = []
    }

    private let state = Mutex(State())

    /// Does it when it is this task's turn.
    func run<Value: Sendable, Failure: Error>(
        _ isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        _ = await enter(as: nextNumber(), isPatient: true)
        defer { leave() }
        return try await body()
    }

    /// Does it when it is this task's turn; a task that is cancelled does not wait for whoever has it.
    func runUnlessCancelled<Value: Sendable>(
        _ isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(MessageLogError) -> Value
    ) async throws(MessageLogError) -> Value {
        let number = nextNumber()
        let isTurn = await withTaskCancellationHandler {
            await enter(as: number, isPatient: false)
        } onCancel: {
            giveUp(number)
        }
        guard isTurn else { throw .cancelled }
        defer { leave() }
        return try await body()
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    /// Waits for the turn; whether it is this task's now.
    private func enter(as number: Int, isPatient: Bool) async -> Bool {
        await withCheckedContinuation { caller in
            let isTurn = state.withLock { state -> Bool? in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                // One that is cancelled from here on is found among those who wait.
                if !isPatient, Task.isCancelled { return false }
                state.waiting.append((number, caller))
                return nil
            }
            if let isTurn { caller.resume(returning: isTurn) }
        }
    }

    private func giveUp(_ number: Int) {
        let caller = state.withLock { state -> Caller? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place).caller
        }
        caller?.resume(returning: false)
    }

    private func leave() {
        let next = state.withLock { state -> Caller? in
            if state.waiting.isEmpty { state.isTaken = false }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst().caller
        }
        next?.resume(returning: true)
    }
}
