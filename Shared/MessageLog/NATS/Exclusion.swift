import Synchronization

/// Lets one task at a time do something that waits in between, in the order in which they came.
final class Exclusion: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Does it when it is this task's turn.
    func run<Value: Sendable, Failure: Error>(
        _ isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { caller in
            let isFree = state.withLock { state in
                if state.isTaken { state.waiting.append(caller) }
                defer { state.isTaken = true }
                return !state.isTaken
            }
            if isFree { caller.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty { state.isTaken = false }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }
}
