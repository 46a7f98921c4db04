/// What became of a message that was sent to a stream.
enum Published: Sendable, Equatable {
    /// Stored, with this sequence.
    case stored(UInt64)
    /// Not stored: the stream's last message is another one than was expected.
    case unexpected
    /// Not stored: there is no room.
    case full
    /// Nobody knows.
    case unknown(String)
}

extension JetStream {
    /// What a message must be preceded by to be stored.
    enum Expectation: Sendable {
        /// The stream's last message, of whatever subject; and, if one is given, its id.
        case last(UInt64, id: String? = nil)
        /// The last message of its own subject; 0 for none.
        case lastOfSubject(UInt64)
    }

    /// Sends a message to be stored behind the expected one, or not at all; those that are sent after each other arrive so.
    func send(
        _ payload: [UInt8],
        to subject: String,
        after expected: Expectation,
        headers: [(name: String, value: String)] = []
    ) -> Promise<Published> {
        var request = NATSRequest(subject: subject, headers: headers, payload: payload)
        request.headers += expected.headers
        let outcome = Promise<Published>()
        let (watch, begun) = (connection.watch, ContinuousClock.now)
        connection.begin([request], timeout: attempt) {
            let published = Published($0[0], of: subject)
            watch?.note(.publication, isAnswered: published.isKnown, begun: begun)
            outcome.keep(published)
        }
        return outcome
    }

    /// Sends a message as ``send(_:to:after:headers:)`` does, and says what became of it.
    func publish(
        _ payload: [UInt8],
        to subject: String,
        after expected: Expectation,
        headers: [(name: String, value: String)] = []
    ) async -> Published {
        await send(payload, to: subject, after: expected, headers: headers).value
    }
}

extension JetStream.Expectation {
    fileprivate var headers: [(name: String, value: String)] {
        switch self {
        case .last(let sequence, let id):
            [("Nats-Expected-Last-Sequence", "\(sequence)")] + (id.map { [("Nats-Expected-Last-Msg-Id", $0)] } ?? [])
        case .lastOfSubject(let sequence): [("Nats-Expected-Last-Subject-Sequence", "\(sequence)")]
        }
    }
}

extension Published {
    /// Whether somebody in charge has said so.
    fileprivate var isKnown: Bool {
        if case .unknown = self { false } else { true }
    }

    fileprivate init(_ reply: NATSReply?, of subject: String) {
        do throws(JetStreamError) {
            let answer = try JetStream.decode(reply, of: subject, as: PublishAnswer.self)
            // A server that has seen the message's id may not have the message.
            self = answer.duplicate == true ? .unknown("The message was sent before.") : .stored(answer.seq)
        } catch {
            self.init(error)
        }
    }

    private init(_ error: JetStreamError) {
        switch error {
        case .refused(let code, _) where JetStreamError.wrongLast.contains(code): self = .unexpected
        case .full: self = .full
        case .refused(_, let text), .unavailable(let text), .unreadable(let text): self = .unknown(text)
        }
    }
}
