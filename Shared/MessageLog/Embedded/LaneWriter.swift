import Dispatch

/// The one writer of a lane.
///
/// Callers leave their appends in the ``Intake``. A job on the lane's own queue takes all that wait, writes them with
/// one call, syncs once, marks the new head and answers; meanwhile the next ones gather. The queue is the actor's
/// executor, so that waiting for the disk blocks no thread that others need.
actor LaneWriter {
    nonisolated let partition: Partition
    private nonisolated let executor: QueueExecutor
    nonisolated let intake: Intake
    private nonisolated let options: EmbeddedLogOptions
    private nonisolated let fileSystem: any FileSystem
    private nonisolated let paths: LanePaths
    private nonisolated let alarm: FailureAlarm

    private var files: LaneFiles?
    private var tail: LaneTail?
    private var buffer: [UInt8] = []
    private var markSynced = DispatchTime.now()
    private var ended: MessageLogError?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        partition: Partition,
        root: String,
        fileSystem: any FileSystem,
        options: EmbeddedLogOptions,
        alarm: FailureAlarm
    ) {
        self.partition = partition
        self.fileSystem = fileSystem
        self.options = options
        self.alarm = alarm
        paths = LanePaths(root: root, partition: partition)
        executor = QueueExecutor("log.\(partition)")
        intake = Intake(limit: options.pendingBytes)
    }

    /// Stores the records; returns when they are durable and visible.
    nonisolated func append(_ records: [Record], sequence: UInt64?) async throws(MessageLogError) -> Appended {
        try await intake.append(records, sequence: sequence, limit: options.appendBytes, wake: wake) {
            () async throws(MessageLogError) in try await open()
        }
    }

    /// The last sequence stored, and the offset of the next record.
    func position() throws(MessageLogError) -> (lastSequence: UInt64, head: Offset) {
        try open()
        guard let tail else { throw .closed }
        return (tail.lastSequence, tail.durable)
    }

    /// Begins the next segment if this one is being written still, so that nothing is added to it any more.
    func finish(_ segment: Offset) throws(MessageLogError) {
        try open()
        guard let before = tail, var files, before.segment == segment, !before.isFresh else { return }
        tail = try roll(before, in: &files)
        self.files = files
    }

    /// Writes the appends that wait by now.
    func writeWaiting() {
        var left = intake.pendingBytes
        while left > 0, let written = writeGroup() { left -= written }
    }

    /// Ends the lane because a sync failed somewhere else.
    func fail(errno: Int32) {
        _ = fail(.syncFailed(errno: errno))
    }

    /// Takes the lock and repairs the end, unless that was done.
    func open() throws(MessageLogError) {
        if let ended { throw ended }
        guard files == nil else { return }
        let opening = LaneOpening(
            fileSystem: fileSystem,
            partition: partition,
            paths: paths,
            now: WallClock.microseconds()
        )
        let (files, tail, recovery) = try opening.run()
        self.files = files
        self.tail = tail
        if let recovery { options.onRecovery?(recovery) }
        intake.open()
    }

    /// Opens the lane from a thread that may block.
    nonisolated func openNow() throws(MessageLogError) {
        let result = executor.wait { assumeIsolated { $0.opened() } }
        try result.get()
    }

    /// Writes what waits and lets go of the files.
    func close() {
        intake.end(.closed, finishingWaiting: true)
        while writeGroup() != nil {}
        try? files?.syncMark()
        files = nil
        ended = ended ?? .closed
    }

    private func opened() -> Result<Void, MessageLogError> {
        do { return .success(try open()) } catch { return .failure(error) }
    }

    private nonisolated func wake() {
        executor.schedule { self.assumeIsolated { $0.flush() } }
    }

    /// Writes a group, and lets others who want something of the lane have their turn before the next.
    private func flush() {
        if writeGroup() != nil { wake() }
    }

    /// Writes and answers what waits, and says how many bytes these were; nil if nothing does.
    private func writeGroup() -> Int? {
        let group = intake.take(options.groupBytes)
        guard !group.isEmpty else { return nil }
        intake.answer(group, write(group))
        syncMarkIfDue()
        return group.reduce(0) { $0 + $1.entry.payload.count }
    }

    /// Makes a group durable, all of it or nothing.
    private func write(_ group: [Intake.Waiting]) -> Result<[Appended], MessageLogError> {
        guard ended == nil, let before = tail, var files else { return .failure(ended ?? .closed) }
        do throws(MessageLogError) {
            let size = group.reduce(0) { $0 + BatchHeader.length + $1.entry.payload.count }
            let start = try rolled(before, for: size, in: &files)
            self.files = files
            tail = start
            var next = start
            buffer.removeAll(keepingCapacity: true)
            buffer.reserveCapacity(size)
            let answers = group.map { next.encode($0.entry, into: &buffer) }
            guard !buffer.isEmpty else { return .success(answers) }
            try store(at: start.place.position, in: files)
            try makeDurable(&next, in: &files)
            self.files = files
            tail = next
            return .success(answers)
        } catch {
            return .failure(error)
        }
    }

    /// The tail in the segment that a group of so many bytes goes to.
    private func rolled(
        _ tail: LaneTail,
        for size: Int,
        in files: inout LaneFiles
    ) throws(MessageLogError) -> LaneTail {
        guard !tail.isFresh, tail.place.position + size > options.segmentBytes else { return tail }
        return try roll(tail, in: &files)
    }

    private func roll(_ tail: LaneTail, in files: inout LaneFiles) throws(MessageLogError) -> LaneTail {
        do { return try files.roll(tail, now: WallClock.microseconds()) } catch {
            // Only as long as the new segment does not have its name yet can the old one be written on.
            if error.isFull && error.path.hasSuffix(LanePaths.draft) { throw .full }
            throw fail(error)
        }
    }

    /// Writes the buffer, or leaves the segment as it was.
    private func store(at position: Int, in files: LaneFiles) throws(MessageLogError) {
        do { try files.segment.write(buffer, at: position) } catch {
            // Cut off durably, or a power cut could bring back a part of it.
            do {
                try files.segment.truncate(to: position)
                try files.segment.sync()
            } catch {
                throw fail(error)
            }
            throw MessageLogError(error)
        }
    }

    /// Syncs, and shows readers what was synced.
    private func makeDurable(_ tail: inout LaneTail, in files: inout LaneFiles) throws(MessageLogError) {
        do {
            try files.segment.sync()
            try files.advance(to: tail)
            tail.durable = tail.place.offset
        } catch {
            try? files.noteFailure()
            throw fail(error)
        }
    }

    /// Ends the lane: after a failed sync nobody can say what is on the disk.
    private func fail(_ error: FileError) -> MessageLogError {
        fail(.syncFailed(errno: error.errno))
    }

    private func fail(_ failure: MessageLogError) -> MessageLogError {
        ended = failure
        intake.end(failure, finishingWaiting: false)
        alarm.raise(failure)
        return failure
    }

    /// Puts the head mark on the disk once a second under load.
    private func syncMarkIfDue() {
        let now = DispatchTime.now()
        guard ended == nil, let files, now > markSynced + .seconds(1) else { return }
        markSynced = now
        do { try files.syncMark() } catch { _ = fail(error) }
    }
}
