import Synchronization

/// A turn that one task has at a time; the others wait, in the order in which they asked.
///
/// An actor alone is none: whoever waits for something lets others in between.
public final class Turn: Sendable {
    /// Is told whether it is his turn, or that he need not wait for it any longer.
    private typealias Caller = CheckedContinuation<Bool, Never>

    private struct State {
        var isTaken = false
        var last = 0
        var waiting: [(number: Int, caller: Caller)] = []
    }

    private let state = Mutex(State())

    /// A turn that nobody has.
    public init() {}

    /// Does something once it is the caller's turn, however long that takes.
    public func held<Value: Sendable, Failure: Error>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        _ = await take(as: nextNumber(), isPatient: true)
        defer { give() }
        return try await body()
    }

    /// Does something once it is the caller's turn; who is cancelled before waits for it no longer, and this is thrown.
    public func held<Value: Sendable, Failure: Error>(
        orThrow cancellation: Failure,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let number = nextNumber()
        let isTurn = await withTaskCancellationHandler {
            await take(as: number, isPatient: false)
        } onCancel: {
            giveUp(number)
        }
        guard isTurn else { throw cancellation }
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
    private func take(as number: Int, isPatient: Bool) async -> Bool {
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
