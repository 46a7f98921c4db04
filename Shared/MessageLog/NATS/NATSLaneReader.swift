/// Reads one partition, of this process or another's.
///
/// Who waits for the servers may do so for minutes: those who wait behind him are not to when they are cancelled, as at a deadline.
actor NATSLaneReader {
    private static let cursorLimit = 4

    private let streams: LaneStreams
    private let marks: LowMarks
    private let turn = Turn()
    /// How many servers should have it.
    private let replicas: Int
    /// How long an offset may be ahead of the end before that is believed: a new leader may not have caught up yet.
    private let patience: Duration
    /// Until when no further consumer is made.
    private var consumerRest = ContinuousClock.now

    private var bounds: LaneBounds?
    /// Whether nothing was there when there was time for it.
    private var isEmpty = false
    private var index = OffsetIndex()
    /// The one used last at the end.
    private var cursors: [ReadCursor] = []

    init(streams: LaneStreams, marks: LowMarks, replicas: Int, patience: Duration) {
        self.streams = streams
        self.marks = marks
        self.replicas = replicas
        self.patience = patience
    }

    func read(from offset: Offset, maxRecords: Int, maxBytes: Int) async throws(MessageLogError) -> [StoredRecord] {
        try await turn.held(orThrow: .cancelled) { () async throws(MessageLogError) in
            var request = ReadRequest(streams.names.partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
            var cursor = try await cursor(at: offset)
            cursor.dropStale(before: offset)
            do throws(MessageLogError) {
                while !request.isSatisfied, try await read(&request, &cursor) {}
            } catch {
                bounds = nil
                throw error
            }
            cursors.append(cursor)
            if cursors.count > Self.cursorLimit { cursors.removeFirst() }
            return request.found
        }
    }

    /// What the partition holds.
    func status() async throws(MessageLogError) -> PartitionStatus? {
        try await turn.held(orThrow: .cancelled) { () async throws(MessageLogError) in
            guard let bounds = try await refresh() else { return nil }
            let rewritten = try await streams.rewrittenInfo()
            let copies = bounds.info.replicas(wanted: replicas)
            return PartitionStatus(
                partition: streams.names.partition,
                epoch: bounds.epoch,
                first: bounds.first.offset,
                head: bounds.end.offset,
                bytes: bounds.info.state.bytes + (rewritten?.state.bytes ?? 0),
                replicas: rewritten.map { copies.joined(with: $0.replicas(wanted: replicas)) } ?? copies
            )
        }
    }

    /// The first message that holds an offset at or behind this one, or the end.
    func place(of offset: Offset) async throws(MessageLogError) -> OffsetIndex.Place {
        try await turn.held(orThrow: .cancelled) { () async throws(MessageLogError) in
            let bounds = try await current()
            if offset >= bounds.end.offset { return bounds.end }
            return try await search(max(offset, bounds.first.offset), in: bounds)
        }
    }

    /// Forgets what was fetched ahead, since it was rewritten.
    func forget() async {
        await turn.held { cursors = [] }
    }

    /// Takes the next message's records; false at the end.
    private func read(_ request: inout ReadRequest, _ cursor: inout ReadCursor) async throws(MessageLogError) -> Bool {
        guard let message = cursor.message(holding: request.next) else { return try await fetch(&cursor) }
        for batch in message.batches where !request.isSatisfied {
            let isRead = message.withUnsafeBytes { bytes in
                let header = BatchHeader(bytes.part(batch.lowerBound..<batch.lowerBound + BatchHeader.length))
                return header.end <= request.next || request.take(bytes.part(batch), header)
            }
            if !isRead { throw streams.damaged(cursor.next.sequence, "The records of a batch cannot be read.") }
        }
        return true
    }

    /// Fetches more; false if there is no more.
    private func fetch(_ cursor: inout ReadCursor) async throws(MessageLogError) -> Bool {
        var bounds = try await current()
        if cursor.next.sequence >= bounds.end.sequence {
            bounds = try await existing()
            guard cursor.next.sequence < bounds.end.sequence else { return false }
        }
        let first = cursor.next.sequence
        let asked = if let asked = cursor.asked { asked } else { await ask(&cursor, from: first, in: bounds) }
        cursor.asked = nil
        let replies = await streams.completed(await asked.replies.value, from: first)
        cursor.limit(bytes: replies.reduce(0) { $0 + ($1?.count ?? 0) }, of: replies.count)
        let behind = first + UInt64(replies.count)
        // Who reads on does not wait for the next ones while these are decoded and used.
        if cursor.fetches > 1, behind < bounds.end.sequence {
            cursor.asked = await ask(&cursor, from: behind, in: bounds)
        }
        let found = try await streams.messages(from: first, replies)
        cursor.take(try await unbroken(found, from: cursor.next, of: bounds.epoch), asked: asked.since)
        return true
    }

    /// The messages, none of which is missing, and each of which begins where the one before ends.
    private func unbroken(
        _ found: [LaneMessage?],
        from place: OffsetIndex.Place,
        of epoch: LogEpoch
    ) async throws(MessageLogError) -> [LaneMessage] {
        var messages: [LaneMessage] = []
        var offset = place.offset
        for (sequence, message) in zip(place.sequence..., found) {
            guard let message else { throw try await missing(sequence) }
            guard message.base == offset, message.epoch == epoch else {
                throw streams.damaged(sequence, "It begins at \(message.base), not at \(offset).")
            }
            messages.append(message)
            offset = message.end
        }
        return messages
    }

    /// Asks for the messages from a sequence on, by a consumer if that is worth it.
    private func ask(
        _ cursor: inout ReadCursor,
        from first: UInt64,
        in bounds: LaneBounds
    ) async -> ReadCursor.Asked {
        let wanted = cursor.wanted(from: first, before: bounds.end.sequence)
        if cursor.consumer?.isAt(first) != true {
            cursor.consumer = cursor.fetches > 2 ? await consumer(from: first) : nil
        }
        return .init(replies: cursor.consumer?.ask(wanted) ?? streams.ask(wanted))
    }

    /// Somebody who delivers messages from a sequence on; nil if nobody will, or somebody was to a moment ago.
    private func consumer(from first: UInt64) async -> LaneConsumer? {
        guard ContinuousClock.now > consumerRest else { return nil }
        let consumer = await LaneConsumer(of: streams.names.stream, from: first, in: streams.impatient.jetStream)
        consumerRest = .now + .seconds(consumer == nil ? 10 : 1)
        return consumer
    }

    /// Why a message is nowhere.
    private func missing(_ sequence: UInt64) async throws(MessageLogError) -> MessageLogError {
        let bounds = try await existing()
        if sequence < bounds.first.sequence { return .offsetGone(first: bounds.first.offset) }
        return streams.damaged(sequence, "The message is missing.")
    }

    private func cursor(at offset: Offset) async throws(MessageLogError) -> ReadCursor {
        if let found = cursors.lastIndex(where: { $0.isAt(offset) }) { return cursors.remove(at: found) }
        let bounds = try await reaching(offset)
        guard offset >= bounds.first.offset else { throw .offsetGone(first: bounds.first.offset) }
        guard offset <= bounds.end.offset else { throw .offsetAhead(head: bounds.end.offset) }
        if offset == bounds.end.offset { return ReadCursor(at: bounds.end) }
        return ReadCursor(at: try await search(offset, in: bounds))
    }

    /// The bounds once they reach the offset, or patience is at an end.
    private func reaching(_ offset: Offset) async throws(MessageLogError) -> LaneBounds {
        let limit = ContinuousClock.now + patience
        while true {
            let bounds = try await existing()
            guard offset > bounds.end.offset, ContinuousClock.now < limit, !Task.isCancelled else { return bounds }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func search(_ offset: Offset, in bounds: LaneBounds) async throws(MessageLogError) -> OffsetIndex.Place {
        let known = index.neighbours(of: offset)
        let low = known.before.flatMap { $0.sequence > bounds.first.sequence ? $0 : nil } ?? bounds.first
        var search = OffsetSearch(offset, from: low, upTo: known.behind ?? bounds.end)
        while let sequence = search.next() {
            guard let message = try await streams.messages(sequence..<sequence + 1)[0] else {
                throw try await missing(sequence)
            }
            let place = OffsetIndex.Place(offset: message.base, sequence: sequence)
            index.note(place)
            search.learn(place)
        }
        return search.low
    }

    private func current() async throws(MessageLogError) -> LaneBounds {
        if let bounds { return bounds }
        return try await existing()
    }

    private func existing() async throws(MessageLogError) -> LaneBounds {
        guard let bounds = try await refresh() else { throw .noSuchPartition(streams.names.partition) }
        return bounds
    }

    /// Asks the servers anew, and forgets everything if this is another life of the partition.
    private func refresh() async throws(MessageLogError) -> LaneBounds? {
        var new = try await askedBounds()
        if new == nil, !isEmpty, try await streams.info() != nil {
            new = try await caughtUpBounds()
            isEmpty = new == nil
        }
        if let new, new.epoch != bounds?.epoch {
            index = OffsetIndex()
            cursors = []
        }
        bounds = new
        return new
    }

    /// What they say when a new leader of a stream that seems to be empty has had time to catch up.
    ///
    /// A partition has a message from its beginning, unless its writer ended at that moment.
    private func caughtUpBounds() async throws(MessageLogError) -> LaneBounds? {
        let limit = ContinuousClock.now + patience
        while ContinuousClock.now < limit, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(100))
            if let bounds = try await askedBounds() { return bounds }
        }
        return nil
    }

    /// What the servers say, as long as it takes for retention not to come in between.
    private func askedBounds() async throws(MessageLogError) -> LaneBounds? {
        var mark = try await marks.low(of: streams.names.partition)
        while true {
            do throws(MessageLogError) { return try await streams.bounds(low: mark, known: bounds) } catch {
                let now = try await marks.low(of: streams.names.partition)
                guard now > mark else { throw error }
                mark = now
            }
        }
    }
}
