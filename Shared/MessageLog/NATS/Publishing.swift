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
        /// The stream's last message, of whatever subject.
        case last(UInt64)
        /// The last message of its own subject; 0 for none.
        case lastOfSubject(UInt64)
    }

    /// Sends a message to be stored behind the expected one, or not at all.
    func publish(
        _ payload: [UInt8],
        to subject: String,
        after expected: Expectation,
        headers: [(name: String, value: String)] = []
    ) async -> Published {
        var request = NATSRequest(subject: subject, headers: headers, payload: payload)
        switch expected {
        case .last(let sequence): request.headers.append(("Nats-Expected-Last-Sequence", "\(sequence)"))
        case .lastOfSubject(let sequence):
            request.headers.append(("Nats-Expected-Last-Subject-Sequence", "\(sequence)"))
        }
        let reply = await connection.request([request], timeout: Self.attempt)[0]
        do throws(JetStreamError) {
            let answer = try Self.decode(reply, of: subject, as: PublishAnswer.self)
            // A server that has seen the message's id may not have the message.
            return answer.duplicate == true ? .unknown("The message was sent before.") : .stored(answer.seq)
        } catch {
            return Published(error)
        }
    }
}

extension Published {
    fileprivate init(_ error: JetStreamError) {
        switch error {
        case .refused(let code, _) where JetStreamError.wrongLastSequence.contains(code): self = .unexpected
        case .full: self = .full
        case .refused(_, let text), .unavailable(let text), .unreadable(let text): self = .unknown(text)
        }
    }
}
