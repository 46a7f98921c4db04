/// The one writer of a partition.
///
/// Callers leave their appends in the ``Intake``. Those that wait go into one message, which says what the last message of
/// the stream must be for it to be stored: so of two writers that take each other for dead, one stores its message and the
/// other learns that it was replaced. A few messages may be under way at a time, each behind the one before, while the next
/// appends gather. When one of them was not stored, or nobody can say what became of it, none is sent until the stream's end was
/// read, and those that are not there are sent again, one after the other.
actor NATSLaneWriter {
    /// What the next message continues.
    struct Position: Sendable {
        var sequence: UInt64
        var epoch: LogEpoch
        var head: Offset
        var lastSequence: UInt64

        init(_ message: LaneMessage, at sequence: UInt64) {
            self.sequence = sequence
            epoch = message.epoch
            head = message.end
            lastSequence = message.lastSequence
        }
    }

    nonisolated let streams: LaneStreams
    nonisolated let intake: Intake
    private nonisolated let options: NATSLogOptions
    private nonisolated let progress: ConsumerProgress
    private nonisolated let alarm: FailureAlarm
    private nonisolated let lease: ProducerLease?
    private let turn = Turn()
    /// Tells this opening of the partition from all others.
    private let token = UInt64.random(in: 1 ... .max)
    /// The last message that is stored.
    private var tail: Position?
    /// How often the partition could not be taken over, and why not the last time.
    private var failedOpenings = 0
    private var openingFailure: MessageLogError?
    private var underWay: [SentGroup] = []
    /// More than one only where one server decides: those of a cluster do not compare ids before they agree on a message.
    private var mostUnderWay = 1
    /// Whether nothing new is to be sent.
    private var isHeld = false
    private var isSettling = false
    private var ended: MessageLogError?
    private var isClosing = false

    init(
        streams: LaneStreams,
        progress: ConsumerProgress,
        options: NATSLogOptions,
        alarm: FailureAlarm,
        lease: ProducerLease?
    ) {
        self.streams = streams
        self.progress = progress
        self.options = options
        self.alarm = alarm
        self.lease = lease
        intake = Intake(limit: options.pendingBytes)
    }

    /// The bytes of the records of one append: what the server takes, less what a message has besides.
    private nonisolated var appendBytes: Int { streams.jetStream.connection.maxPayload - 1024 }

    /// Stores the records; returns when the servers have them.
    nonisolated func append(_ records: [Record], sequence: UInt64?) async throws(MessageLogError) -> Appended {
        try await intake.append(records, sequence: sequence, limit: appendBytes, wake: wake) {
            () async throws(MessageLogError) in try await open()
        }
    }

    /// What the next append continues.
    func position() async throws(MessageLogError) -> Position {
        try await open()
        guard let tail else { throw .closed }
        return tail
    }

    /// The same, once it is known what becomes of the appends that wait by now.
    func settledPosition() async throws(MessageLogError) -> Position {
        try await open()
        await turn.held {
            var left = intake.pendingBytes
            send()
            while left > 0, let first = underWay.first {
                left -= first.bytes
                await settleFirst()
            }
        }
        return try await position()
    }

    /// Takes the partition over, unless that was done.
    func open() async throws(MessageLogError) {
        let known = failedOpenings
        try await turn.held { () async throws(MessageLogError) in
            if let ended { throw ended }
            guard tail == nil else { return }
            // Who has waited for one that failed does not wait for another, behind those of all who came before.
            if failedOpenings > known, let openingFailure { throw openingFailure }
            do throws(MessageLogError) { try await takeOver() } catch {
                failedOpenings += 1
                openingFailure = error
                throw error
            }
        }
    }

    private func takeOver() async throws(MessageLogError) {
        let opening = LaneTakeover(
            streams: streams,
            progress: progress,
            options: options,
            token: token,
            lease: lease
        )
        let end = try await opening.run()
        mostUnderWay = try await streams.isReplicated() ? 1 : options.messagesUnderWay
        tail = end
        intake.open()
    }

    /// Adds a fence if this message is the last one, so that it can be rewritten.
    func seal(_ sequence: UInt64) async throws(MessageLogError) {
        try await open()
        try await turn.held { () async throws(MessageLogError) in
            isHeld = true
            defer {
                isHeld = false
                wake()
            }
            await settle()
            guard let tail, tail.sequence == sequence else { return }
            try await store(next(tail))
        }
    }

    /// Stores what waits, and takes no more.
    func close() async {
        isClosing = true
        intake.end(.closed, finishingWaiting: true)
        await flush()
        await turn.held {
            send()
            await settle()
            ended = ended ?? .closed
        }
    }

    /// Answers who waits, though nobody can say yet what becomes of their appends.
    func dismissWaiting() {
        dismissAll(.unavailable(reason: Self.late))
    }

    /// Ends the partition for this writer.
    func fail(_ failure: MessageLogError) {
        ended = ended ?? failure
        intake.end(failure, finishingWaiting: false)
        alarm.raise(failure)
    }

    private nonisolated func wake() {
        Task { await flush() }
    }

    /// Sends what waits, and answers until nobody waits.
    ///
    /// After each message others have their turn: a rewriting is not to wait until nobody appends any more.
    private func flush() async {
        send()
        guard !isSettling else { return }
        isSettling = true
        while !underWay.isEmpty { await turn.held { await settleFirst() } }
        isSettling = false
    }

    /// Sends what waits, as far as not too much is under way.
    private func send() {
        while !isHeld, underWay.count < mostUnderWay {
            let group = intake.take(min(options.groupBytes, appendBytes))
            guard !group.isEmpty else { return }
            guard ended == nil, let end = underWay.last?.end ?? tail else {
                intake.answer(group, .failure(ended ?? .closed))
                continue
            }
            underWay.append(SentGroup(group, in: next(end), at: end, behind: underWay.last, to: streams))
        }
    }

    /// Answers what is under way, in its order, and sends more meanwhile.
    private func settle() async {
        while !underWay.isEmpty { await settleFirst() }
    }

    /// Answers the message sent first, or all that are under way if that one was not stored, and sends more.
    private func settleFirst() async {
        guard let first = underWay.first else { return }
        if case .stored = await first.outcome {
            tail = first.end
            streams.announce()
            answerFirst(.success(first.answers))
        } else {
            await recover()
        }
        send()
    }

    // MARK: When something is not stored

    /// Stores what is under way one after the other, the first of which was not.
    private func recover() async {
        let wasHeld = isHeld
        isHeld = true
        let limit = dismissingLate()
        defer {
            limit.cancel()
            isHeld = wasHeld
        }
        var outcomes: [SentGroup.Outcome] = []
        for sent in underWay where sent.message.count > 0 { outcomes.append(await sent.outcome) }
        // Only then is it certain that none of these messages is still to be stored.
        let isOver = outcomes.first == .full && outcomes.allSatisfy { $0 == .full || $0 == .refused }
        if isOver { answerFirst(.failure(.full)) }
        while let first = underWay.first { answerFirst(await store(first, anew: isOver)) }
    }

    /// Stores a group that was sent before; anew, if the messages before it have changed.
    private func store(_ sent: SentGroup, anew: Bool) async -> Result<[Appended], MessageLogError> {
        guard ended == nil, let tail else { return .failure(ended ?? .closed) }
        var (message, answers) = (sent.message, sent.answers)
        if anew {
            message = next(tail)
            answers = sent.group.map { message.add($0.entry) }
        }
        do throws(MessageLogError) {
            if message.count > 0 { try await store(message, attempts: 1, isAdrift: !anew) }
            return .success(answers)
        } catch {
            return .failure(error)
        }
    }

    /// Answers who waits for the message sent first, and is done with it.
    private func answerFirst(_ result: Result<[Appended], MessageLogError>) {
        var first = underWay.removeFirst()
        intake.answer(first.dismiss(), result)
    }

    private static let late = "The NATS servers did not acknowledge an append in time."

    private func next(_ tail: Position) -> LaneMessage {
        LaneMessage(
            epoch: tail.epoch,
            writer: token,
            base: tail.head,
            lastSequence: tail.lastSequence,
            written: WallClock.microseconds()
        )
    }

    /// Sends the message until it is known to be stored.
    private func store(
        _ message: LaneMessage,
        attempts: Int = 0,
        isAdrift: Bool = false
    ) async throws(MessageLogError) {
        guard let before = tail else { throw .closed }
        var flight = MessageFlight(
            message,
            after: before.sequence,
            in: streams,
            attempts: attempts,
            isAdrift: isAdrift
        )
        let start = ContinuousClock.now
        while true {
            switch await flight.advance() {
            case .stored(let sequence):
                tail = Position(message, at: sequence)
                streams.announce()
                return
            case .refused(let error): throw error
            case .replaced: throw failing(.locked(file: streams.names.stream, by: nil))
            case .lost(let found) where start.duration(to: .now) > options.patience * 3:
                throw failing(.lostTail(file: streams.names.stream, mark: before.head, found: found))
            case .unknown, .lost: break
            }
            if isAbandoned || start.duration(to: .now) > options.patience { try giveUp() }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Answers who waits once patience with the first message under way is at an end, however long each look at the stream takes.
    private func dismissingLate() -> Task<Void, any Error> {
        let limit = (underWay.first?.sent ?? .now) + options.patience
        return Task {
            try await Task.sleep(until: limit)
            if !Task.isCancelled { dismissWaiting() }
        }
    }

    /// Whether nothing will be answered any more.
    private var isAbandoned: Bool { streams.jetStream.connection.isClosed }

    /// Answers who waits while nobody can say what became of the message; ends the partition if it is being closed.
    private func giveUp() throws(MessageLogError) {
        guard isClosing || isAbandoned else { return dismissWaiting() }
        dismissAll(.closed)
        throw failing(.closed)
    }

    private func dismissAll(_ failure: MessageLogError) {
        for place in underWay.indices { intake.answer(underWay[place].dismiss(), .failure(failure)) }
        intake.dismissWaiting(failure)
    }

    private func failing(_ failure: MessageLogError) -> MessageLogError {
        if failure == .closed { ended = ended ?? .closed } else { fail(failure) }
        return failure
    }
}
