import Synchronization

/// Rewrites records of a lane for its owner, one segment after the other, while the writer goes on appending.
///
/// Only finished segments are rewritten. When a record in the one being written is to be replaced, the writer begins
/// the next one first; for nothing else do appends wait.
actor LaneRewriter {
    private nonisolated let executor: QueueExecutor
    private nonisolated let isStopped = Atomic(false)
    private let writer: LaneWriter
    private let fileSystem: any FileSystem
    private let paths: LanePaths
    private let batchLimit: Int

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(writer: LaneWriter, root: String, fileSystem: any FileSystem, options: EmbeddedLogOptions) {
        self.writer = writer
        self.fileSystem = fileSystem
        batchLimit = options.appendBytes
        paths = LanePaths(root: root, partition: writer.partition)
        executor = QueueExecutor("log.rewrite.\(writer.partition)")
    }

    /// Replaces records, and says how many.
    func run(_ rewrite: Rewrite) async throws(MessageLogError) -> Int {
        try await writer.open()
        await writer.writeWaiting()
        if let interruption { throw interruption }
        do throws(MessageLogError) {
            let mark = try mark()
            let finished = try rewriteFinished(rewrite, mark: mark)
            return finished + (try await rewriteLast(rewrite, mark: mark))
        } catch {
            if case .syncFailed(let code) = error { await writer.fail(errno: code) }
            throw error
        }
    }

    /// Cuts short what is under way, and returns when it has ended.
    nonisolated func stop() async {
        isStopped.store(true, ordering: .relaxed)
        await settle()
    }

    /// Returns when it is this call's turn.
    private func settle() {}

    private func rewriteFinished(_ rewrite: Rewrite, mark: HeadMark) throws(MessageLogError) -> Int {
        try removeDrafts(before: mark.segment)
        let bases = try segments().filter { $0 < mark.segment }
        var count = 0
        for (base, end) in zip(bases, bases.dropFirst() + [mark.segment]) where rewrite.concerns(base..<end) {
            count += try rewriting(of: base, rewrite, mark: mark).run(upTo: end)
        }
        return count
    }

    /// Rewrites the segment that was being written when this began.
    private func rewriteLast(_ rewrite: Rewrite, mark: HeadMark) async throws(MessageLogError) -> Int {
        let last = rewriting(of: mark.segment, rewrite, mark: mark)
        guard mark.head > mark.segment, rewrite.concerns(mark.segment..<mark.head),
            try last.isWanted(upTo: mark.head, limit: mark.position)
        else { return 0 }
        try await writer.finish(mark.segment)
        guard let end = try segments().first(where: { $0 > mark.segment }) else { return 0 }
        return try last.run(upTo: end)
    }

    private func rewriting(of base: Offset, _ rewrite: Rewrite, mark: HeadMark) -> SegmentRewriting {
        SegmentRewriting(
            fileSystem: fileSystem,
            paths: paths,
            epoch: mark.epoch,
            base: base,
            rewrite: rewrite,
            batchLimit: batchLimit,
            interruption: { self.interruption }
        )
    }

    private nonisolated var interruption: MessageLogError? {
        if isStopped.load(ordering: .relaxed) { return .closed }
        return Task.isCancelled ? .cancelled : nil
    }

    private func mark() throws(MessageLogError) -> HeadMark {
        guard let mark = try HeadFile.read(paths.head, in: fileSystem) else {
            throw .noSuchPartition(writer.partition)
        }
        return mark
    }

    private func segments() throws(MessageLogError) -> [Offset] {
        let (fileSystem, paths) = (fileSystem, paths)
        return try logged { () throws(FileError) in try fileSystem.segments(of: paths) }
    }

    /// Removes what a rewriting that failed could not remove itself; it may hold records that are to go.
    private func removeDrafts(before segment: Offset) throws(MessageLogError) {
        let (fileSystem, directory) = (fileSystem, paths.directory)
        try logged { () throws(FileError) in
            let drafts = LanePaths.drafts(among: try fileSystem.list(directory), before: segment)
            for name in drafts { try fileSystem.remove("\(directory)/\(name)") }
            if !drafts.isEmpty { try fileSystem.syncDirectory(directory) }
        }
    }
}
