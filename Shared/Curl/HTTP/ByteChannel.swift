import Dispatch
import Synchronization

/// Carries bytes from a thread that blocks to a task that waits, and holds the thread up when the task is slower.
final class ByteChannel: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var bytes = 0
        var end: Result<Void, CurlError>?
        var waiting: CheckedContinuation<[UInt8]?, any Error>?
    }

    private static let capacity = 1 << 20

    let cancellation = Cancellation()
    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)

    /// Hands over a piece, and blocks while too much lies unread; `false` when nobody reads any more.
    func put(_ chunk: [UInt8]) -> Bool {
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            if let reader = state.waiting.take() { return reader }
            state.chunks.append(chunk)
            state.bytes += chunk.count
            return nil
        }
        reader?.resume(returning: chunk)
        while !cancellation.isCancelled, state.withLock({ $0.bytes > Self.capacity }) {
            _ = room.wait(timeout: .now() + .seconds(1))
        }
        return !cancellation.isCancelled
    }

    /// Says that no more comes.
    func finish(with end: Result<Void, CurlError>) {
        let reader = state.withLock { state in
            state.end = end
            return state.waiting.take()
        }
        reader?.resume(with: end.map { nil }.mapError { $0 })
    }

    private func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in take(into: continuation) }
        } onCancel: {
            stop()
        }
    }

    private func take(into continuation: CheckedContinuation<[UInt8]?, any Error>) {
        let answer = state.withLock { state -> Result<[UInt8]?, any Error>? in
            if !state.chunks.isEmpty {
                let all = state.chunks.count == 1 ? state.chunks[0] : Array(state.chunks.joined())
                state.chunks = []
                state.bytes = 0
                return .success(all)
            }
            if cancellation.isCancelled { return .success(nil) }
            guard let end = state.end else {
                state.waiting = continuation
                return nil
            }
            return end.map { nil }.mapError { $0 }
        }
        if let answer {
            room.signal()
            continuation.resume(with: answer)
        }
    }

    private func stop() {
        cancellation.cancel()
        room.signal()
        let reader = state.withLock { $0.waiting.take() }
        reader?.resume(returning: nil)
    }

    /// The reading end; when it is gone, the transfer ends.
    final class Reader: Sendable {
        private let channel: ByteChannel

        init(_ channel: ByteChannel) {
            self.channel = channel
        }

        deinit {
            channel.stop()
        }

        func next() async throws -> [UInt8]? {
            try await channel.next()
        }
    }
}
