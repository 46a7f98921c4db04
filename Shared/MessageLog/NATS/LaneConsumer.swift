import Synchronization

/// Delivers a stream's messages behind each other, from one of the servers that keep it.
///
/// To ask for each message costs the servers more, above all in a cluster: there each is asked for some, and reads the whole
/// stream. What is not delivered in time, or was erased, is to be asked for by its sequence. One fetch at a time.
final class LaneConsumer: Sendable {
    /// What was asked for last.
    private struct Fetch {
        var batch: UInt64
        var count: Int
        var arrived = 0
    }

    private struct State {
        /// The sequence from which on the next messages come; nil once that is not certain any more.
        var next: UInt64?
        var fetch: Fetch?
        var subscription: NATSSubscription?
    }

    /// How far beyond what was wanted messages may lie, when some that were wanted are erased.
    private static let reach = 1024

    private let connection: NATSConnection
    private let patience: Duration
    private let subject: String
    private let inbox: String
    private let state: Mutex<State>

    /// Makes one that begins at a sequence; nil if the servers do not let it.
    ///
    /// They remove it when it is not asked for a few seconds.
    ///
    /// - Parameter inactivity: How long, in seconds.
    init?(of stream: String, from sequence: UInt64, in jetStream: JetStream, inactivity: Int = 5) async {
        guard let name = try? await jetStream.consume(stream, from: sequence, inactivity) else { return nil }
        connection = jetStream.connection
        patience = jetStream.attempt
        subject = "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(name)"
        inbox = "_INBOX.\(LogEpoch.random())"
        state = Mutex(State(next: sequence))
        let subscription = connection.subscribe(to: inbox) { [weak self] in self?.take($0) }
        state.withLock { $0.subscription = subscription }
    }

    deinit {
        if let subscription = state.withLock({ $0.subscription }) { connection.letGo(of: subscription) }
    }

    /// Whether the next message is the one with this sequence.
    func isAt(_ sequence: UInt64) -> Bool { state.withLock { $0.next == sequence } }

    /// Asks for the next messages; the answer has at least a place for each of the range, in the order of their sequences.
    func ask(_ range: Range<UInt64>) -> Promise<[NATSReply?]> {
        let replies = Promise<[NATSReply?]>()
        let batch = connection.expect(range.count, timeout: patience) { [weak self] found in
            let placed = Self.placed(found, from: range)
            let isComplete = found.last.flatMap { $0?.sequence } == range.lowerBound + UInt64(placed.count) - 1
            self?.state.withLock { $0.next = isComplete ? range.lowerBound + UInt64(placed.count) : nil }
            replies.keep(placed)
        }
        guard let batch else { return replies }
        state.withLock { $0.fetch = Fetch(batch: batch, count: range.count) }
        let body = #"{"batch":\#(range.count),"no_wait":true}"#
        connection.send(NATSRequest(subject: subject, payload: Array(body.utf8)), replyTo: inbox)
        return replies
    }

    /// Takes a message, or the word that there are no more.
    private func take(_ reply: NATSReply) {
        let isMessage = reply.sequence != nil
        let (fetch, places) = state.withLock { state -> (Fetch?, Range<Int>) in
            guard let fetch = state.fetch, fetch.arrived < fetch.count else { return (nil, 0..<0) }
            let end = isMessage ? fetch.arrived + 1 : fetch.count
            state.fetch?.arrived = end
            return (fetch, fetch.arrived..<end)
        }
        guard let fetch else { return }
        for place in places { connection.settle(fetch.batch, place, isMessage ? reply : nil) }
    }

    private static func placed(_ found: [NATSReply?], from range: Range<UInt64>) -> [NATSReply?] {
        var placed = [NATSReply?](repeating: nil, count: range.count)
        for reply in found {
            guard let reply, let sequence = reply.sequence, sequence >= range.lowerBound else { continue }
            let place = Int(sequence - range.lowerBound)
            guard place < range.count + reach else { break }
            if place >= placed.count { placed += Array(repeating: nil, count: place + 1 - placed.count) }
            placed[place] = reply
        }
        return placed
    }
}

extension JetStream {
    /// Makes a consumer that needs no acknowledgements, and says its name.
    fileprivate func consume(
        _ stream: String,
        from sequence: UInt64,
        _ inactivity: Int
    ) async throws(JetStreamError) -> String {
        let config = ConsumerRequest.Configuration(start: sequence, inactivity: inactivity * 1_000_000_000)
        let request = ConsumerRequest(stream: stream, config: config)
        return try await call("CONSUMER.CREATE.\(stream)", request, ConsumerAnswer.self).name
    }
}

private struct ConsumerRequest: Encodable {
    struct Configuration: Encodable {
        var deliver = "by_start_sequence"
        var start: UInt64
        var acknowledgement = "none"
        var replay = "instant"
        /// Nanoseconds.
        var inactivity: Int
        var isInMemory = true
        var replicas = 1

        private enum CodingKeys: String, CodingKey {
            case deliver = "deliver_policy"
            case start = "opt_start_seq"
            case acknowledgement = "ack_policy"
            case replay = "replay_policy"
            case inactivity = "inactive_threshold"
            case isInMemory = "mem_storage"
            case replicas = "num_replicas"
        }
    }

    var stream: String
    var config: Configuration

    private enum CodingKeys: String, CodingKey {
        case stream = "stream_name"
        case config
    }
}

private struct ConsumerAnswer: Decodable, Sendable {
    var name: String
}
