import Dispatch
import Synchronization

/// A bounded number of threads for calls that block; what exceeds them waits its turn, in order.
///
/// The cooperative pool has one thread for each core: a call that blocks there would hold up the whole process.
final class BlockingThreads: Sendable {
    private struct State {
        /// A serial queue of its own has a thread of its own, however many others block.
        var idle: [DispatchQueue] = []
        var started = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Runs the job on a thread as soon as one is free.
    func run(_ job: @escaping @Sendable () -> Void) {
        let queue = state.withLock { state -> DispatchQueue? in
            if let queue = state.idle.popLast() { return queue }
            guard state.started < limit else {
                state.waiting.append(job)
                return nil
            }
            state.started += 1
            return DispatchQueue(label: "curl.\(state.started)")
        }
        if let queue { start(job, on: queue) }
    }

    private func start(_ job: @escaping @Sendable () -> Void, on queue: DispatchQueue) {
        queue.async {
            job()
            self.next(on: queue)
        }
    }

    private func next(on queue: DispatchQueue) {
        let job = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.waiting.isEmpty else {
                state.idle.append(queue)
                return nil
            }
            return state.waiting.removeFirst()
        }
        if let job { start(job, on: queue) }
    }

    /// Runs the call on a thread, with a cancellation that follows the task's.
    func call<Value: Sendable>(
        _ body: @escaping @Sendable (Cancellation) -> Result<Value, CurlError>
    ) async throws(CurlError) -> Value {
        let cancellation = Cancellation()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                run { continuation.resume(returning: body(cancellation)) }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }
}
