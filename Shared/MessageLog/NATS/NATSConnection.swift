import CNATS
import Dispatch
import Synchronization

/// One connection to the servers; libnats makes it anew when it breaks.
///
/// Sending may block while the socket is full, so it happens on a queue of its own. Answers come on a thread of libnats,
/// which only hands them on.
final class NATSConnection: Sendable {
    /// The pointer as a number, because a pointer cannot cross threads as a value.
    private let address: UInt
    private let inbox: String
    private let replies = PendingReplies()
    private let sending = DispatchQueue(label: "nats.send")
    private let clock = DispatchQueue(label: "nats.clock")
    private let answers = Mutex<NATSSubscription?>(nil)
    private let ended = EndedSubscriptions()
    private let number: UInt
    private let reconnected = Mutex<[@Sendable () -> Void]>([])
    /// Is told of answers of those in charge; nil where there is no other server to change to.
    let watch: ServerWatch?

    /// The most bytes of a message and its headers that the server takes.
    var maxPayload: Int { Int(natsConnection_GetMaxPayload(pointer)) }

    /// Whether it was closed, and will not be made anew.
    var isClosed: Bool { replies.isClosed }

    private var pointer: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// Connects, which blocks; see ``connect(to:name:)``.
    private init(_ servers: [String], name: String) throws(MessageLogError) {
        inbox = "_INBOX.\(LogEpoch.random())."
        watch = servers.count > 1 ? ServerWatch() : nil
        let events = EventRelay()
        let number = NATSCallbacks.register { events.tell($0) }
        guard let pointer = NATSOptions.connect(servers, name: name, events: number) else {
            NATSCallbacks.remove(number)
            throw .unavailable(reason: "No connection to \(servers.count) NATS server(s): \(NATSOptions.lastError).")
        }
        address = UInt(bitPattern: pointer)
        self.number = number
        events.handler.withLock { $0 = { [weak self] in self?.take($0) } }
        watch?.onChange { [weak self] in self?.changeServer() }
        Self.watchTime(for: replies, on: clock)
        let subscription = subscribe(to: inbox + "*") { [replies, length = inbox.utf8.count] in
            Self.settle($0, replies, length)
        }
        answers.withLock { $0 = subscription }
    }

    deinit {
        natsConnection_Destroy(pointer)
        NATSCallbacks.remove(number)
    }

    /// Connects to one of the servers, trying for as long as patience lasts.
    static func connect(
        to servers: [String],
        name: String,
        patience: Duration
    ) async throws(MessageLogError) -> NATSConnection {
        let limit = ContinuousClock.now + patience
        while true {
            let result = await withCheckedContinuation { caller in
                DispatchQueue(label: "nats.connect").async { caller.resume(returning: attempt(servers, name)) }
            }
            if case .failure = result, ContinuousClock.now < limit, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(200))
                continue
            }
            return try result.get()
        }
    }

    private static func attempt(_ servers: [String], _ name: String) -> Result<NATSConnection, MessageLogError> {
        do throws(MessageLogError) { return .success(try NATSConnection(servers, name: name)) } catch {
            return .failure(error)
        }
    }

    /// Sends the requests behind each other, and returns their answers; nil for what was not answered in time.
    func request(_ requests: [NATSRequest], timeout: Duration) async -> [NATSReply?] {
        guard !requests.isEmpty else { return [] }
        return await withCheckedContinuation { caller in
            begin(requests, timeout: timeout) { caller.resume(returning: $0) }
        }
    }

    /// Sends the requests behind all that were begun before, and hands on their answers later.
    func begin(_ requests: [NATSRequest], timeout: Duration, then answer: @escaping PendingReplies.Caller) {
        guard let batch = replies.open(requests.count, until: .now + timeout, answer) else { return }
        sending.async { self.send(requests, batch) }
    }

    /// Waits for so many answers to one request, which are settled one by one; nil if there will be none.
    func expect(_ count: Int, timeout: Duration, then answer: @escaping PendingReplies.Caller) -> UInt64? {
        replies.open(count, until: .now + timeout, answer)
    }

    /// Takes one of the answers that are expected.
    func settle(_ batch: UInt64, _ place: Int, _ reply: NATSReply?) {
        replies.settle(PendingReplies.token(batch, place), reply)
    }

    /// Sends a request that is answered elsewhere.
    func send(_ request: NATSRequest, replyTo reply: String) {
        sending.async { _ = request.publish(on: self.pointer, replyTo: reply) }
    }

    /// Tells whoever listens to the subject, if the connection is there.
    func tell(_ subject: String) {
        sending.async { natsConnection_Publish(self.pointer, subject, nil, 0) }
    }

    private func send(_ requests: [NATSRequest], _ batch: UInt64) {
        for (place, request) in requests.enumerated() {
            let token = PendingReplies.token(batch, place)
            if !request.publish(on: pointer, replyTo: inbox + String(token)) { replies.settle(token, nil) }
        }
    }

    /// Hands on what comes for a subject until it is unsubscribed.
    func subscribe(to subject: String, _ handler: @escaping @Sendable (NATSReply) -> Void) -> NATSSubscription? {
        let number = NATSCallbacks.register(messages: handler)
        var subscription: OpaquePointer?
        let context = UnsafeMutableRawPointer(bitPattern: number)
        let status = natsConnection_Subscribe(&subscription, pointer, subject, NATSCallbacks.message, context)
        guard status == NATS_OK, let subscription else {
            NATSCallbacks.remove(number)
            return nil
        }
        natsSubscription_SetPendingLimits(subscription, -1, -1)
        return NATSSubscription(address: UInt(bitPattern: subscription), number: number, ended: ended)
    }

    /// Ends a subscription, which may block.
    func letGo(of subscription: NATSSubscription) {
        sending.async { withExtendedLifetime(subscription) {} }
    }

    /// Calls back whenever the connection was made anew.
    func onReconnect(_ handler: @escaping @Sendable () -> Void) {
        reconnected.withLock { $0.append(handler) }
    }

    /// Answers everybody who waits, and sends nothing more for anybody.
    func abandon() {
        replies.close()
    }

    /// Answers everybody who waits and lets go of the connection; what blocks for longer is left to itself.
    func close(by deadline: ContinuousClock.Instant = .now + .seconds(10)) async {
        abandon()
        let closed = Promise<Void>()
        sending.async {
            natsConnection_Close(self.pointer)
            closed.keep(())
        }
        let left: Duration = max(ContinuousClock.now.duration(to: deadline), .milliseconds(200))
        let seconds: Double = left / Duration.seconds(1)
        clock.asyncAfter(deadline: .now() + seconds) { closed.keep(()) }
        await closed.value
    }

    /// Breaks the connection, whereupon libnats goes on to the next of its servers, with every subscription.
    ///
    /// Later versions than 3.4 have a call for that.
    private func changeServer() {
        // To ask for the ends may block while somebody sends.
        DispatchQueue(label: "nats.change").async { SocketEnds(of: self.pointer)?.breakConnection() }
    }

    private func take(_ event: NATSCallbacks.Event) {
        switch event {
        case .disconnected: replies.abandon()
        case .reconnected:
            watch?.begin()
            for handler in reconnected.withLock({ $0 }) { handler() }
        case .closed: replies.close()
        }
    }

    private static func watchTime(for replies: PendingReplies, on clock: DispatchQueue) {
        clock.asyncAfter(deadline: .now() + .milliseconds(100)) { [weak replies] in
            guard let replies else { return }
            replies.expire(.now)
            watchTime(for: replies, on: clock)
        }
    }

    private static func settle(_ reply: NATSReply, _ replies: PendingReplies, _ length: Int) {
        if let token = UInt64(Substring(reply.subject.utf8.dropFirst(length))) { replies.settle(token, reply) }
    }
}

/// Hands a connection's events on once there is somebody to take them.
private final class EventRelay: Sendable {
    let handler = Mutex<(@Sendable (NATSCallbacks.Event) -> Void)?>(nil)

    func tell(_ event: NATSCallbacks.Event) {
        handler.withLock { $0 }?(event)
    }
}
