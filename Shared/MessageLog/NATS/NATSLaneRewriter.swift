import Synchronization

/// Rewrites records of a partition for its owner, one message after the other, while the writer goes on appending.
///
/// What replaces a message is stored in the second stream first; then the message is erased, which overwrites it. A crash in
/// between leaves the old message, which is what readers see until it is rewritten again.
actor NATSLaneRewriter {
    private static let chunk: UInt64 = 64

    private let writer: NATSLaneWriter
    private let reader: NATSLaneReader
    private let turn = Turn()
    private nonisolated let isStopped = Atomic(false)

    init(writer: NATSLaneWriter, reader: NATSLaneReader) {
        self.writer = writer
        self.reader = reader
    }

    private var streams: LaneStreams { writer.streams }

    /// Replaces records, and says how many.
    func run(_ rewrite: Rewrite) async throws(MessageLogError) -> Int {
        try await turn.held { () async throws(MessageLogError) in
            let head = try await writer.settledPosition().head
            guard let status = try await reader.status() else { return 0 }
            var count = 0
            for range in rewrite.offsets.ranges {
                let wanted = max(range.lowerBound, status.first)..<max(min(range.upperBound, head), status.first)
                if !wanted.isEmpty { count += try await rewriteMessages(holding: wanted, rewrite) }
            }
            if count > 0 {
                await reader.forget()
                await settle()
            }
            return count
        }
    }

    /// Cuts short what is under way, and returns when it has ended.
    nonisolated func stop() async {
        isStopped.store(true, ordering: .relaxed)
        await turn.held {}
    }

    private func rewriteMessages(
        holding offsets: Range<Offset>,
        _ rewrite: Rewrite
    ) async throws(MessageLogError) -> Int {
        var place = try await reader.place(of: offsets.lowerBound)
        var count = 0
        while place.offset < offsets.upperBound {
            let end = try await reader.place(of: .max).sequence
            let range = place.sequence..<min(place.sequence + Self.chunk, end)
            guard !range.isEmpty else { return count }
            for (sequence, message) in zip(range, try await streams.messages(range)) {
                if let interruption { throw interruption }
                // Removed by retention meanwhile.
                guard let message, message.base < offsets.upperBound else { continue }
                count += try await rewriteMessage(at: sequence, message, rewrite)
                place = .init(offset: message.end, sequence: sequence + 1)
            }
            place.sequence = max(place.sequence, range.upperBound)
        }
        return count
    }

    private func rewriteMessage(
        at sequence: UInt64,
        _ message: LaneMessage,
        _ rewrite: Rewrite
    ) async throws(MessageLogError) -> Int {
        guard rewrite.concerns(message.base..<message.end) else { return 0 }
        guard let current = try await streams.current(sequence) else { return 0 }
        guard let replaced = try replaced(current.message, rewrite, at: sequence) else {
            // What an interrupted rewriting has left.
            if let kept = current.rewrittenAt { try await eraseReplacements(of: sequence, before: kept) }
            return 0
        }
        if current.rewrittenAt == nil { try await writer.seal(sequence) }
        try await replace(sequence, by: replaced.message, current)
        return replaced.count
    }

    private func replace(
        _ sequence: UInt64,
        by message: LaneMessage,
        _ current: LaneStreams.Current
    ) async throws(MessageLogError) {
        let new = try await store(message, inPlaceOf: sequence, after: current.rewrittenAt)
        let streams = streams
        if current.rewrittenAt == nil {
            try await streams.translated { () async throws(JetStreamError) in
                try await streams.jetStream.erase(sequence, of: streams.names.stream)
            }
        }
        if new.hasPredecessor { try await eraseReplacements(of: sequence, before: new.sequence) }
    }

    private typealias Replacement = (sequence: UInt64, hasPredecessor: Bool)

    /// Stores what is to be in the place of a message.
    private func store(
        _ message: LaneMessage,
        inPlaceOf sequence: UInt64,
        after known: UInt64?
    ) async throws(MessageLogError) -> Replacement {
        let limit = ContinuousClock.now + streams.jetStream.patience
        var before = known ?? 0
        while true {
            let subject = streams.names.rewritten(sequence)
            switch await streams.jetStream.publish(message.bytes, to: subject, after: .lastOfSubject(before)) {
            case .stored(let new): return (new, before > 0)
            case .full: throw .full
            case .unexpected, .unknown: break
            }
            // What an interrupted rewriting has left, or this one's own message whose answer was lost.
            let found = try await streams.replacement(of: sequence)
            before = found?.rewrittenAt ?? 0
            if let found, let place = found.rewrittenAt, found.message.bytes == message.bytes { return (place, true) }
            guard ContinuousClock.now < limit else {
                throw .unavailable(reason: "The NATS servers did not store a rewritten message in time.")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Erases what stood for a message before.
    private func eraseReplacements(of sequence: UInt64, before kept: UInt64) async throws(MessageLogError) {
        let (names, jetStream) = (streams.names, streams.jetStream)
        try await streams.translated { () async throws(JetStreamError) in
            while let first = try await jetStream.first(names.rewritten(sequence), of: names.rewrittenStream),
                first.seq < kept
            {
                try await jetStream.erase(first.seq, of: names.rewrittenStream)
            }
        }
    }

    /// The message with its records as they are to be, and how many are others; nil if all stay.
    private func replaced(
        _ message: LaneMessage,
        _ rewrite: Rewrite,
        at sequence: UInt64
    ) throws(MessageLogError) -> (message: LaneMessage, count: Int)? {
        var new = LaneMessage(
            epoch: message.epoch,
            writer: message.writer,
            base: message.base,
            lastSequence: message.lastSequence,
            written: message.written
        )
        var count = 0
        let bytes = message.bytes
        for batch in message.batches {
            let (header, outcome) = bytes.withUnsafeBytes { bytes in
                let header = BatchHeader(bytes.part(batch.lowerBound..<batch.lowerBound + BatchHeader.length))
                return (header, rewrite.outcome(of: bytes.part(batch), header))
            }
            switch outcome {
            case .stays: new.addBatch(bytes[batch], count: header.count)
            case .unreadable: throw streams.damaged(sequence, "The records of a batch cannot be read.")
            case .replaced(let replaced):
                count += replaced.count
                let size = EncodedAppend.size(of: replaced.records)
                new.addBatch(of: EncodedAppend(replaced.records, size: size, sequence: header.sequence))
            }
        }
        guard count > 0 else { return nil }
        new.finish()
        let limit = streams.jetStream.connection.maxPayload - 512
        guard new.bytes.count <= limit else { throw .recordTooLarge(bytes: new.bytes.count, limit: limit) }
        return (new, count)
    }

    /// Waits a little for the other servers to have erased as well; one that is down does it when it is back.
    private func settle() async {
        let limit = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < limit {
            guard (try? await streams.isBehind()) == true else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private nonisolated var interruption: MessageLogError? {
        if isStopped.load(ordering: .relaxed) { return .closed }
        return Task.isCancelled ? .cancelled : nil
    }
}
