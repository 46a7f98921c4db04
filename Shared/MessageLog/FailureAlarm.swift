import Synchronization

/// Tells everybody who asked that the log has failed.
final class FailureAlarm: Sendable {
    fileprivate struct State {
        var failure: MessageLogError?
        var isClosed = false
        var listeners: [AsyncStream<MessageLogError>.Continuation] = []
    }

    private let state = Mutex(State())

    /// Throws when the alarm is raised; returns when it is closed or the task is cancelled.
    func wait() async throws(MessageLogError) {
        let (stream, listener) = AsyncStream<MessageLogError>.makeStream()
        state.withLock { state in
            if let failure = state.failure { listener.yield(failure) }
            if state.isClosed { listener.finish() }
            state.listeners.append(listener)
        }
        for await failure in stream { throw failure }
    }

    /// Wakes all who wait, now and later.
    func raise(_ failure: MessageLogError) {
        for listener in state.withLock({ $0.fail(failure) }) { listener.yield(failure) }
    }

    /// Lets all who wait return.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            return state.listeners
        }
        for listener in listeners { listener.finish() }
    }
}

extension FailureAlarm.State {
    fileprivate mutating func fail(_ error: MessageLogError) -> [AsyncStream<MessageLogError>.Continuation] {
        failure = failure ?? error
        return listeners
    }
}
