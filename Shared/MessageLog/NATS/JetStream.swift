import FoundationEssentials

/// JetStream's interface: requests to subjects, answered in JSON.
///
/// Whatever only asks, or does the same when it is done twice, is tried again while nobody answers, for as long as patience
/// lasts. Publishing is not: what became of it is for the caller to find out.
struct JetStream: Sendable {
    let connection: NATSConnection
    let patience: Duration
    /// How long one try may take.
    var attempt = Duration.seconds(3)

    /// The same, which asks once.
    var impatient: JetStream { JetStream(connection: connection, patience: .zero, attempt: attempt) }

    /// Makes a stream; one of that name that there is gets as many replicas, if it has fewer, and stays as it is otherwise.
    func create(_ stream: StreamConfiguration) async throws(JetStreamError) {
        do throws(JetStreamError) {
            _ = try await call("STREAM.CREATE.\(stream.name)", stream, StreamInfo.self)
        } catch {
            guard try await isThere(stream, although: error) else { throw error }
            try await replicate(stream)
        }
    }

    /// Whether a stream was not made since it is there: to one that is being made at that very moment a server may take exception
    /// as if it were another.
    private func isThere(
        _ stream: StreamConfiguration,
        although error: JetStreamError
    ) async throws(JetStreamError) -> Bool {
        if error.isRefusal(JetStreamError.streamNameInUse) { return true }
        guard error.isRefusal(JetStreamError.subjectsOverlap) else { return false }
        return try await info(stream.name) != nil
    }

    /// What cannot be now, as while one of the servers is away, is tried again when the stream is opened next.
    private func replicate(_ stream: StreamConfiguration) async throws(JetStreamError) {
        let stored = try await call("STREAM.INFO.\(stream.name)", [String: String](), StoredConfiguration.self)
        guard let raised = stored.raised(to: stream.replicas) else { return }
        _ = try? await impatient.call("STREAM.UPDATE.\(stream.name)", raised, StreamInfo.self)
    }

    /// What the stream holds, by its leader; nil if there is none of that name.
    func info(_ stream: String, subjects filter: String? = nil) async throws(JetStreamError) -> StreamInfo? {
        let fields = filter.map { ["subjects_filter": $0] } ?? [:]
        return try await found(JetStreamError.streamNotFound) { () async throws(JetStreamError) in
            try await call("STREAM.INFO.\(stream)", fields, StreamInfo.self)
        }
    }

    /// The names of the streams that take messages of such subjects.
    func names(of subjects: String) async throws(JetStreamError) -> [String] {
        struct Page: Encodable {
            var subject: String
            var offset: Int
        }
        var names: [String] = []
        while true {
            let page = Page(subject: subjects, offset: names.count)
            let answer = try await call("STREAM.NAMES", page, StreamNamesAnswer.self)
            names += answer.streams ?? []
            guard names.count < answer.total, answer.streams?.isEmpty == false else { return names }
        }
    }

    /// A message by its sequence, from the leader; nil if there is none.
    func message(_ sequence: UInt64, of stream: String) async throws(JetStreamError) -> StoredMessageAnswer.Message? {
        try await message(MessageQuery(sequence: sequence), of: stream)
    }

    /// The last message of a subject, from the leader; nil if there is none, or no such stream.
    func last(_ subject: String, of stream: String) async throws(JetStreamError) -> StoredMessageAnswer.Message? {
        try await found(JetStreamError.streamNotFound) { () async throws(JetStreamError) in
            try await message(MessageQuery(lastOf: subject), of: stream)
        }
        .flatMap { $0 }
    }

    /// The first message of a subject, from the leader; nil if there is none.
    func first(_ subject: String, of stream: String) async throws(JetStreamError) -> StoredMessageAnswer.Message? {
        try await message(MessageQuery(sequence: 1, nextOf: subject), of: stream)
    }

    /// Removes a message and overwrites where it was; nothing happens if it is not there.
    func erase(_ sequence: UInt64, of stream: String) async throws(JetStreamError) {
        do throws(JetStreamError) {
            // Unless it says otherwise, what is removed is overwritten.
            _ = try await call("STREAM.MSG.DELETE.\(stream)", MessageQuery(sequence: sequence), DoneAnswer.self)
        } catch {
            // 2.9 says “no message found”, later servers that the deletion failed or the sequence is none.
            guard case .refused(let code, let text) = error, code != JetStreamError.streamNotFound,
                code == JetStreamError.messageNotFound || text.contains("not found")
                    || text.contains("no message found")
            else { throw error }
        }
    }

    /// Removes what lies before a sequence.
    func purge(_ stream: String, before sequence: UInt64) async throws(JetStreamError) {
        _ = try await call("STREAM.PURGE.\(stream)", ["seq": sequence], DoneAnswer.self)
    }

    /// Removes the messages of a subject.
    func purge(_ stream: String, subject: String) async throws(JetStreamError) {
        _ = try await call("STREAM.PURGE.\(stream)", ["filter": subject], DoneAnswer.self)
    }

    private func message(
        _ query: MessageQuery,
        of stream: String
    ) async throws(JetStreamError) -> StoredMessageAnswer.Message? {
        try await found(JetStreamError.messageNotFound) { () async throws(JetStreamError) in
            try await call("STREAM.MSG.GET.\(stream)", query, StoredMessageAnswer.self).message
        }
    }

    private func found<Value: Sendable>(
        _ code: Int,
        _ body: () async throws(JetStreamError) -> Value
    ) async throws(JetStreamError) -> Value? {
        do throws(JetStreamError) { return try await body() } catch {
            guard error.isRefusal(code) else { throw error }
            return nil
        }
    }

    /// Asks until somebody answers, or patience is at an end.
    func call<Answer: Decodable & Sendable>(
        _ operation: String,
        _ body: some Encodable,
        _ answer: Answer.Type
    ) async throws(JetStreamError) -> Answer {
        let request = NATSRequest(subject: "$JS.API.\(operation)", payload: try Self.encode(body))
        return try await trying { () async throws(JetStreamError) in
            let begun = ContinuousClock.now
            let reply = await connection.request([request], timeout: attempt)[0]
            return try heard(reply, of: operation, since: begun, as: answer)
        }
    }

    /// What the reply says; the connection learns whether somebody in charge has said it.
    private func heard<Answer: Decodable>(
        _ reply: NATSReply?,
        of operation: String,
        since begun: ContinuousClock.Instant,
        as answer: Answer.Type
    ) throws(JetStreamError) -> Answer {
        var isAnswered = true
        defer { connection.watch?.note(.question, isAnswered: isAnswered, begun: begun) }
        do throws(JetStreamError) { return try Self.decode(reply, of: operation, as: answer) } catch {
            isAnswered = !error.isUnavailable
            throw error
        }
    }

    /// Does something again and again until it is no longer unavailable, or patience is at an end.
    private func trying<Value: Sendable>(
        _ body: () async throws(JetStreamError) -> Value
    ) async throws(JetStreamError) -> Value {
        let limit = ContinuousClock.now + patience
        while true {
            do throws(JetStreamError) { return try await body() } catch {
                guard error.isUnavailable, ContinuousClock.now < limit, !Task.isCancelled, !connection.isClosed else {
                    throw error
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func encode(_ body: some Encodable) throws(JetStreamError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(body)) } catch { throw .unreadable("itself") }
    }

    /// What the reply says; an error if it says that, and unavailable if there is none.
    static func decode<Answer: Decodable>(
        _ reply: NATSReply?,
        of operation: String,
        as answer: Answer.Type
    ) throws(JetStreamError) -> Answer {
        guard let reply else { throw .unavailable("No NATS server answered \(operation) in time.") }
        guard reply.status == nil else { throw .unavailable("No NATS server is in charge of \(operation).") }
        return try decode(reply.payload, of: operation, as: answer)
    }

    /// What an answer of these bytes says; an error if it says that.
    static func decode<Answer: Decodable>(
        _ bytes: [UInt8],
        of operation: String,
        as answer: Answer.Type
    ) throws(JetStreamError) -> Answer {
        let data = Data(bytes)
        // First, since an answer of which everything may be missing would be read out of an error as well.
        if let error = try? JSONDecoder().decode(JetStreamAnswer.self, from: data).error { throw JetStreamError(error) }
        guard let answer = try? JSONDecoder().decode(answer, from: data) else { throw .unreadable(operation) }
        return answer
    }
}
