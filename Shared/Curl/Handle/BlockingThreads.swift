import Glibc
import Synchronization

/// A bounded number of threads for calls that block; what exceeds them waits its turn, in order.
///
/// The cooperative pool has one thread for each core: a call that blocks there would hold up the whole process. So would 255 calls
/// that block in queues of Dispatch, which has no more threads than that, for the stores as well.
final class BlockingThreads: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Runs the job on a thread as soon as one may be had.
    func run(_ job: @escaping @Sendable () -> Void) {
        let begins = state.withLock { state in
            guard state.running < limit else {
                state.waiting.append(job)
                return false
            }
            state.running += 1
            return true
        }
        guard begins else { return }
        BlockingThread.start {
            job()
            while let job = self.next() { job() }
        }
    }

    /// What has waited longest; without any the thread ends.
    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
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

/// A thread of its own for something that blocks.
private final class BlockingThread: Sendable {
    private let body: @Sendable () -> Void

    private init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// Runs the body on a new thread; where the system has none left, on this one, which makes it wait.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(BlockingThread(body)).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { BlockingThread.run($0) }, context)
        guard code == 0 else {
            _ = run(context)
            return
        }
        pthread_detach(thread)
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context { Unmanaged<BlockingThread>.fromOpaque(context).takeRetainedValue().body() }
        return nil
    }
}
