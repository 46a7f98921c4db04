/// Where a partition begins and ends.
struct LaneBounds: Sendable {
    var epoch: LogEpoch
    /// The first message that retention has left.
    var first: OffsetIndex.Place
    /// Behind the last message.
    var end: OffsetIndex.Place
    /// What the servers say of the first stream.
    var info: StreamInfo
}

extension LaneStreams {
    /// Where the partition begins and ends; nil if there is none.
    ///
    /// A message stays what it was at its ends, so what is known of them need not be read again.
    func bounds(low mark: UInt64, known: LaneBounds?) async throws(MessageLogError) -> LaneBounds? {
        guard let info = try await info(), info.state.lastSequence > 0 else { return nil }
        let last = info.state.lastSequence
        if var known, known.end.sequence == last + 1, known.first.sequence >= mark {
            known.info = info
            return known
        }
        guard let end = try await messages(last..<last + 1)[0] else {
            throw damaged(last, "The last message is missing.")
        }
        return LaneBounds(
            epoch: end.epoch,
            first: try await beginning(mark, unless: known?.epoch == end.epoch ? known?.first : nil),
            end: .init(offset: end.end, sequence: last + 1),
            info: info
        )
    }

    private func beginning(
        _ mark: UInt64,
        unless known: OffsetIndex.Place?
    ) async throws(MessageLogError) -> OffsetIndex.Place {
        if let known, known.sequence >= mark { return known }
        let first = max(mark, 1)
        guard let message = try await messages(first..<first + 1)[0] else {
            throw damaged(first, "The first message is missing.")
        }
        return .init(offset: message.base, sequence: first)
    }

    /// Whether more than one server keeps the messages.
    func isReplicated() async throws(MessageLogError) -> Bool { try await info()?.cluster?.replicas?.isEmpty == false }

    /// Whether a server that is up has not done yet what the leaders have.
    func isBehind() async throws(MessageLogError) -> Bool {
        try await translated { () async throws(JetStreamError) in
            for stream in [names.stream, names.rewrittenStream] {
                let replicas = try await jetStream.info(stream)?.cluster?.replicas ?? []
                if replicas.contains(where: \.isBehind) { return true }
            }
            return false
        }
    }

    /// About what the server's file store takes for a message.
    func storedBytes(of message: LaneMessage, at sequence: UInt64) -> Int {
        let headers =
            "NATS/1.0\r\nNats-Msg-Id: \(message.writer)-\(sequence)-1\r\nNats-Expected-Last-Sequence: \(sequence)\r\n\r\n"
        return message.bytes.count + names.subject.utf8.count + headers.utf8.count + 34
    }

    /// What the second stream holds; nil if there is none yet.
    func rewrittenInfo() async throws(MessageLogError) -> StreamInfo? {
        try await translated { () async throws(JetStreamError) in
            try await jetStream.info(names.rewrittenStream)
        }
    }
}
