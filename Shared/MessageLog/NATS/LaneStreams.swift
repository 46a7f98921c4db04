/// The two streams of a partition: its appends, and what was put in the place of some of them.
///
/// A message that was rewritten is erased from the first stream; what stands for it is the last message of a subject of the
/// second one that ends in the sequence of the first. So a missing message is looked up by its sequence, and the sequences of
/// the first stream ascend as the offsets do.
struct LaneStreams: Sendable {
    let names: NATSNames
    let jetStream: JetStream

    /// The end of the first stream.
    struct Tail: Sendable {
        var sequence: UInt64
        var message: LaneMessage
    }

    /// A message as it is now.
    struct Current: Sendable {
        var message: LaneMessage
        /// Where it stands in the second stream, if it was rewritten and the leader was asked.
        var rewrittenAt: UInt64?
    }

    /// The same, which ask once where these ask until patience is at an end.
    var impatient: LaneStreams {
        LaneStreams(names: names, jetStream: jetStream.impatient)
    }

    /// What the streams hold together; nil if there is no such partition.
    ///
    /// A server that was just started may be asked for a stream before it has it: the list of all streams says whether there is one.
    func info() async throws(MessageLogError) -> StreamInfo? {
        let limit = ContinuousClock.now + jetStream.patience
        while true {
            let info = try await translated { () async throws(JetStreamError) in
                try await jetStream.info(names.stream)
            }
            if let info { return info }
            let all = try await translated { () async throws(JetStreamError) in
                try await jetStream.names(of: names.subject)
            }
            guard all.contains(names.stream) else { return nil }
            guard ContinuousClock.now < limit, !Task.isCancelled else {
                throw .unavailable(reason: "No NATS server has \(names.stream) yet.")
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The last message, by the leader; nil if there is none, or no such partition.
    func tail() async throws(MessageLogError) -> Tail? {
        guard let info = try await info(), info.state.lastSequence > 0 else { return nil }
        let sequence = info.state.lastSequence
        guard let message = try await messages(sequence..<sequence + 1)[0] else {
            throw damaged(sequence, "The last message is missing.")
        }
        return Tail(sequence: sequence, message: message)
    }

    /// The messages with these sequences, from whichever server has them; nil for those that are nowhere.
    func messages(_ range: Range<UInt64>) async throws(MessageLogError) -> [LaneMessage?] {
        try await messages(from: range.lowerBound, await ask(range).value)
    }

    /// Asks for the messages with these sequences ahead of their use.
    func ask(_ range: Range<UInt64>) -> Promise<[NATSReply?]> { ask(range.map { ($0, names.stream, nil) }) }

    /// The answers with those from a sequence on that a consumer did not deliver, if they are there.
    func completed(_ replies: [NATSReply?], from first: UInt64) async -> [NATSReply?] {
        let missing = replies.indices.filter { replies[$0] == nil }
        guard !missing.isEmpty else { return replies }
        var replies = replies
        let found = await ask(missing.map { (first + UInt64($0), names.stream, nil) }).value
        for (place, reply) in zip(missing, found) { replies[place] = reply }
        return replies
    }

    /// The messages from a sequence on, most of which were in these answers.
    func messages(from first: UInt64, _ replies: [NATSReply?]) async throws(MessageLogError) -> [LaneMessage?] {
        let range = first..<first + UInt64(replies.count)
        var found = try decode(replies, at: Array(range))
        let rewritten = range.filter { found[Int($0 - range.lowerBound)] == nil }
        guard !rewritten.isEmpty else { return found }
        let replacements = await ask(rewritten.map { ($0, names.rewrittenStream, names.rewritten($0)) }).value
        let others = try decode(replacements, at: rewritten)
        for (sequence, other) in zip(rewritten, others) {
            let place = Int(sequence - range.lowerBound)
            // A server may lag behind: the leader has the last word.
            if let other { found[place] = other } else { found[place] = try await current(sequence)?.message }
        }
        return found
    }

    /// The message with a sequence, by the leaders; nil if it is nowhere.
    func current(_ sequence: UInt64) async throws(MessageLogError) -> Current? {
        if let message = try await leader(sequence) { return Current(message: message) }
        guard let other = try await replacement(of: sequence) else {
            // It may have been rewritten in between.
            return try await leader(sequence).map { Current(message: $0) }
        }
        return other
    }

    /// What stands for a message in the second stream.
    func replacement(of sequence: UInt64) async throws(MessageLogError) -> Current? {
        let found = try await translated { () async throws(JetStreamError) in
            try await jetStream.last(names.rewritten(sequence), of: names.rewrittenStream)
        }
        guard let found else { return nil }
        return Current(message: try decode(found.payload, at: sequence), rewrittenAt: found.seq)
    }

    private func leader(_ sequence: UInt64) async throws(MessageLogError) -> LaneMessage? {
        let found = try await translated { () async throws(JetStreamError) in
            try await jetStream.message(sequence, of: names.stream)
        }
        guard let found else { return nil }
        return try decode(found.payload, at: sequence)
    }

    /// Asks any of the servers that store the streams.
    private func ask(_ wanted: [(sequence: UInt64, stream: String, subject: String?)]) -> Promise<[NATSReply?]> {
        let requests = wanted.map { wanted in
            if let subject = wanted.subject {
                return NATSRequest(subject: "$JS.API.DIRECT.GET.\(wanted.stream).\(subject)")
            }
            let query = Array(#"{"seq":\#(wanted.sequence)}"#.utf8)
            return NATSRequest(subject: "$JS.API.DIRECT.GET.\(wanted.stream)", payload: query)
        }
        let replies = Promise<[NATSReply?]>()
        jetStream.connection.begin(requests, timeout: jetStream.attempt) { replies.keep($0) }
        return replies
    }

    private func decode(
        _ replies: [NATSReply?],
        at sequences: [UInt64]
    ) throws(MessageLogError) -> [LaneMessage?] {
        var messages: [LaneMessage?] = []
        messages.reserveCapacity(replies.count)
        for (reply, sequence) in zip(replies, sequences) {
            guard let reply, reply.count > 0 else {
                messages.append(nil)
                continue
            }
            guard let message = LaneMessage(reply) else { throw isNoMessage(sequence) }
            messages.append(message)
        }
        return messages
    }

    private func decode(_ bytes: [UInt8], at sequence: UInt64) throws(MessageLogError) -> LaneMessage {
        guard let message = LaneMessage(bytes) else { throw isNoMessage(sequence) }
        return message
    }

    private func isNoMessage(_ sequence: UInt64) -> MessageLogError {
        damaged(sequence, "It is no message of this log.")
    }

    /// Wakes who waits for news of the partition.
    ///
    /// The servers could do that (`republish`), but those of 2.9 then take twice the time to store a message.
    func announce() { jetStream.connection.tell(names.news) }

    func damaged(_ sequence: UInt64, _ reason: String) -> MessageLogError {
        .corrupt(file: names.stream, at: Int(clamping: sequence), reason: reason)
    }

    func translated<Value: Sendable>(
        _ body: () async throws(JetStreamError) -> Value
    ) async throws(MessageLogError) -> Value {
        do throws(JetStreamError) { return try await body() } catch {
            throw MessageLogError(error)
        }
    }
}
