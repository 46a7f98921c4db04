import Dispatch
import Synchronization

/// Wakes readers when a writer says that its partition has grown.
///
/// Such words may be lost, with the connection or with a server: so readers are woken as well when the connection was made
/// anew, and every few seconds.
final class NATSNews: Sendable {
    private struct Listener: Sendable {
        var continuation: AsyncStream<Void>.Continuation
        var subscriptions: [NATSSubscription]
    }

    private struct State {
        var last = 0
        var listeners: [Int: Listener] = [:]
        var isClosed = false
    }

    private static let interval = 5.0
    private let connection: NATSConnection
    private let queue = DispatchQueue(label: "nats.news")
    private let state = Mutex(State())

    init(connection: NATSConnection) {
        self.connection = connection
        connection.onReconnect { [weak self] in self?.tellAll() }
        remind()
    }

    /// Yields once what there is to hear is heard, and then at each change.
    func news(of topics: [String]) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        // Subscribing may block while the socket is full.
        queue.async { self.add(continuation, topics) }
        return stream
    }

    /// Ends all streams.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners.values
        }
        for listener in listeners { listener.continuation.finish() }
    }

    private func add(_ continuation: AsyncStream<Void>.Continuation, _ topics: [String]) {
        let subscriptions = topics.compactMap { topic in
            connection.subscribe(to: NATSNames.news(of: topic)) { _ in continuation.yield() }
        }
        let number = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.last += 1
            state.listeners[state.last] = Listener(continuation: continuation, subscriptions: subscriptions)
            return state.last
        }
        guard let number else { return continuation.finish() }
        continuation.onTermination = { [weak self] _ in self?.remove(number) }
        continuation.yield()
    }

    private func remove(_ number: Int) {
        // Letting go of a subscription may block; so not on the thread of whoever ends the stream.
        queue.async { self.state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
    }

    private func tellAll() {
        for listener in state.withLock({ $0.listeners.values }) { listener.continuation.yield() }
    }

    private func remind() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, !state.withLock(\.isClosed) else { return }
            tellAll()
            remind()
        }
    }
}
