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

    /// The message as it is sent.
    let message: LaneMessage
    private let previous: UInt64
    private let streams: LaneStreams
    private var attempts: Int
    /// Whether an earlier attempt may still be stored.
    private var isAdrift: Bool

    /// A message that has everything but its header.
    ///
    /// - Parameters:
    ///   - previous: The stream's last message, for this one to be stored.
    ///   - attempts: How often something was sent to be stored behind that one.
    ///   - isAdrift: Whether that was this message, and nobody knows what became of it.
    init(
        _ message: consuming LaneMessage,
        after previous: UInt64,
        in streams: LaneStreams,
        attempts: Int = 0,
        isAdrift: Bool = false
    ) {
        message.finish()
        self.message = message
        self.previous = previous
        // Whoever waits for an answer is not to wait for more than a look.
        self.streams = streams.impatient
        self.attempts = attempts
        self.isAdrift = isAdrift
    }

    /// What the servers know the last attempt by.
    var id: String { "\(message.writer)-\(previous)-\(attempts)" }

    /// Sends it.
    ///
    /// - Parameter predecessor: The id of the message before it, if that one is not known to be stored: another writer's message
    ///   may come to stand in its place.
    mutating func send(behind predecessor: String? = nil) -> Promise<Published> {
        attempts += 1
        return streams.jetStream.send(
            message.bytes,
            to: streams.names.subject,
            after: .last(previous, id: predecessor),
            headers: [("Nats-Msg-Id", id)]
        )
    }

    /// Sends it, and finds out what became of it.
    mutating func advance() async -> Fate {
        defer { isAdrift = true }
        switch await send().value {
        case .stored(previous + 1): return .stored(previous + 1)
        case .full where !isAdrift: return .refused(.full)
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
