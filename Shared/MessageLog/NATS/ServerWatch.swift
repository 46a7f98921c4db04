import Synchronization

/// Says when to change to another server: when nobody in charge has answered for a while, though the connection is there.
///
/// A server that is cut off from its peers answers the pings of its clients, and has no leader to hand their requests to.
final class ServerWatch: Sendable {
    /// What is answered by who is in charge.
    ///
    /// One that has lost its peers a moment ago still answers questions, but stores nothing.
    enum Request: Sendable {
        case question
        case publication
    }

    fileprivate struct State {
        /// Since when the connection is the one it is.
        var start: ContinuousClock.Instant
        /// Since when no request of a kind was answered; nothing if the last one was.
        var silences: [Request: ContinuousClock.Instant] = [:]
    }

    fileprivate static let patience = Duration.seconds(5)
    private let state: Mutex<State>
    private let change = Mutex<(@Sendable () -> Void)?>(nil)

    init(now: ContinuousClock.Instant = .now) {
        state = Mutex(State(start: now))
    }

    /// Calls back whenever it is time.
    func onChange(_ handler: @escaping @Sendable () -> Void) {
        change.withLock { $0 = handler }
    }

    /// Takes in whether somebody in charge has answered a request that was begun then.
    func note(
        _ request: Request,
        isAnswered: Bool,
        begun: ContinuousClock.Instant,
        now: ContinuousClock.Instant = .now
    ) {
        let isTime = state.withLock { $0.note(request, isAnswered: isAnswered, begun: begun, now: now) }
        if isTime { change.withLock { $0 }?() }
    }

    /// Begins anew with the next server.
    func begin(now: ContinuousClock.Instant = .now) {
        state.withLock { $0 = State(start: now) }
    }
}

extension ServerWatch.State {
    fileprivate mutating func note(
        _ request: ServerWatch.Request,
        isAnswered: Bool,
        begun: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) -> Bool {
        // What was under way when the connection broke says nothing of the server that came after.
        guard begun >= start else { return false }
        guard !isAnswered else {
            // A server that stores has its peers: that one stream has no leader is no reason to change.
            if request == .publication { silences = [:] } else { silences[request] = nil }
            return false
        }
        let first = min(silences[request] ?? begun, begun)
        silences[request] = first
        guard first.duration(to: now) >= ServerWatch.patience else { return false }
        self = ServerWatch.State(start: now)
        return true
    }
}
