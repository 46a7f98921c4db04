import Synchronization

/// Something that happens once, and that any number of tasks may wait for.
final class Signal: Sendable {
    private struct State {
        var isGiven = false
        var last = 0
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    var isGiven: Bool { state.withLock { $0.isGiven } }

    func give() {
        let waiting = state.withLock { state in
            state.isGiven = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Returns once it is given or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let number = state.withLock { state in
            if state.isGiven { continuation.finish() } else { state.waiting[state.last + 1] = continuation }
            state.last += 1
            return state.last
        }
        for await _ in stream {}
        let gone = state.withLock { $0.waiting.removeValue(forKey: number) }
        withExtendedLifetime(gone) {}
    }
}
