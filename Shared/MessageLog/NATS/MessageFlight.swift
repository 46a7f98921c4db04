/// A message on its way to the stream: sent, looked for, sent again.
struct MessageFlight {
    /// What is known of it.
    enum Fate {
        case stored(UInt64)
        case refused(MessageLogError)
        /// Another writer has taken the partition over.
        case replaced
        /// The stream ends before the message that this one follows; the offset is where.
        case lost(Offset)
        case unknown
    }

    private let message: LaneMessage
    private let previous: UInt64
    private let streams: LaneStreams
    private var attempts = 0

    init(_ message: LaneMessage, after previous: UInt64, in streams: LaneStreams) {
        var message = message
        message.finish()
        self.message = message
        self.previous = previous
        // One look each time: whoever waits for an answer is not to wait for more than that.
        let once = JetStream(connection: streams.jetStream.connection, patience: .zero)
        self.streams = LaneStreams(names: streams.names, jetStream: once)
    }

    /// Sends it, and finds out what became of it.
    mutating func advance() async -> Fate {
        attempts += 1
        let published = await streams.jetStream.publish(
            message.bytes,
            to: streams.names.subject,
            after: .last(previous),
            headers: [("Nats-Msg-Id", "\(message.writer)-\(previous)-\(attempts)")]
        )
        switch published {
        case .stored(previous + 1): return .stored(previous + 1)
        // Only then is it certain that no earlier attempt is still to be stored.
        case .full where attempts == 1: return .refused(.full)
        case .stored, .full, .unexpected, .unknown: return await look()
        }
    }

    /// Reads the stream's end.
    private func look() async -> Fate {
        do throws(MessageLogError) {
            guard let info = try await streams.info() else { return .lost(0) }
            guard info.state.lastSequence >= previous else { return .lost(try await end()) }
            guard info.state.lastSequence > previous else { return .unknown }
            guard let found = try await streams.current(previous + 1) else {
                // Removed since, after others were stored behind it.
                return info.state.lastSequence > previous + 1 ? .replaced : .unknown
            }
            return found.message.bytes == message.bytes ? .stored(previous + 1) : .replaced
        } catch {
            return .unknown
        }
    }

    private func end() async throws(MessageLogError) -> Offset {
        try await streams.tail()?.message.end ?? 0
    }
}
