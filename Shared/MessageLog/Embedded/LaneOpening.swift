/// Opens a lane for its writer: takes the lock, verifies the end, and makes what it found durable before it is shown.
///
/// 1. The head mark says what was acknowledged. If that is not all there, the lane is refused and nothing is changed.
/// 2. Whole batches beyond the mark are kept: they may have been acknowledged, because a mark reaches the disk later
///    than the data. They are written once more, because a sync that failed before may have left them in memory only.
/// 3. What follows them is an append that never finished. It is cut off.
struct LaneOpening {
    let fileSystem: any FileSystem
    let partition: Partition
    let paths: LanePaths
    let now: Int64

    /// The files and the tail of the lane, which is made if there is none.
    func run() throws(MessageLogError) -> (files: LaneFiles, tail: LaneTail, recovery: Recovery?) {
        let (fileSystem, paths) = (fileSystem, paths)
        try logged { () throws(FileError) in try fileSystem.makeDirectory(paths.directory) }
        let lock = try takeLock()
        let segments = try removeDrafts()
        try logged { () throws(FileError) in
            // An earlier process may have died between making a name and making it durable.
            for directory in paths.ancestry { try fileSystem.syncDirectory(directory) }
        }
        guard let mark = try HeadFile.read(paths.head, in: fileSystem) else {
            return try create(lock: lock, segments: segments)
        }
        return try recover(lock: lock, mark: mark, segments: segments)
    }

    private func takeLock() throws(MessageLogError) -> any FileLock {
        do { return try fileSystem.lock(paths.lock) } catch {
            guard error.isLocked else { throw MessageLogError(error) }
            let text = try? fileSystem.open(paths.lock, .read).bytes(at: 0, count: 20)
            throw .locked(file: paths.lock, by: text.flatMap { Int32(String(decoding: $0, as: UTF8.self).dropLast()) })
        }
    }

    /// Removes what a crash left half made; the segments are what remains.
    private func removeDrafts() throws(MessageLogError) -> [Offset] {
        let (fileSystem, paths) = (fileSystem, paths)
        return try logged { () throws(FileError) in
            let names = try fileSystem.list(paths.directory)
            for name in names where name.hasSuffix(LanePaths.draft) {
                try fileSystem.remove("\(paths.directory)/\(name)")
            }
            return LanePaths.segments(among: names)
        }
    }

    /// Makes a lane; the head marks come last, so that a lane with marks is complete.
    private func create(
        lock: any FileLock,
        segments: [Offset]
    ) throws(MessageLogError) -> (files: LaneFiles, tail: LaneTail, recovery: Recovery?) {
        for base in segments {
            guard base == 0, try isEmpty(base) else { throw .missingMarks(paths.head) }
        }
        let header = SegmentHeader(epoch: .random(), base: 0, lastSequence: 0, created: now)
        let bytes = header.encoded
        let tail = LaneTail(header, crc: bytes.withUnsafeBytes { $0.number(at: 60) })
        let mark = HeadMark(epoch: header.epoch, counter: 0, head: 0, segment: 0, position: SegmentHeader.length)
        let (fileSystem, paths) = (fileSystem, paths)
        let (segment, head) = try logged { () throws(FileError) in
            let segment = try fileSystem.place(bytes, at: paths.segment(0), in: paths.directory)
            return (segment, try HeadFile.create(mark, at: paths, in: fileSystem))
        }
        let files = LaneFiles(
            fileSystem: fileSystem,
            paths: paths,
            lock: lock,
            segment: segment,
            head: head,
            mark: mark
        )
        return (files, tail, nil)
    }

    /// Whether a segment has a header and nothing else, as in a lane whose making a crash cut short.
    private func isEmpty(_ base: Offset) throws(MessageLogError) -> Bool {
        let (fileSystem, path) = (fileSystem, paths.segment(base))
        return try logged { () throws(FileError) in try fileSystem.open(path, .read).size() <= SegmentHeader.length }
    }

    private func recover(
        lock: any FileLock,
        mark: HeadMark,
        segments: [Offset]
    ) throws(MessageLogError) -> (files: LaneFiles, tail: LaneTail, recovery: Recovery?) {
        guard let base = segments.last, base >= mark.segment else {
            throw .lostTail(file: paths.directory, mark: mark.head, found: segments.last ?? 0)
        }
        let (fileSystem, path, headPath) = (fileSystem, paths.segment(base), paths.head)
        let (segment, head) = try logged { () throws(FileError) in
            (try fileSystem.open(path, .write), try fileSystem.open(headPath, .write))
        }
        let check = TailCheck(file: segment, path: path, base: base, mark: mark)
        let found = try check.run()
        try check.makeDurable(found)
        var files = LaneFiles(
            fileSystem: fileSystem,
            paths: paths,
            lock: lock,
            segment: segment,
            head: head,
            mark: mark
        )
        let tail = try show(found.tail, in: &files, afterFailure: mark.isFailed)
        return (files, tail, recovery(found, since: mark))
    }

    /// Advances the mark, in a new segment if a sync had failed in this one.
    private func show(
        _ tail: LaneTail,
        in files: inout LaneFiles,
        afterFailure: Bool
    ) throws(MessageLogError) -> LaneTail {
        var (opened, result) = (files, tail)
        let now = now
        try logged { () throws(FileError) in
            if afterFailure { result = try opened.roll(tail, now: now) }
            try opened.advance(to: result)
            try opened.syncMark()
        }
        files = opened
        return result
    }

    private func recovery(_ found: TailCheck.Finding, since mark: HeadMark) -> Recovery? {
        let records = Int(found.tail.place.offset) - Int(mark.head)
        guard records > 0 || found.torn > 0 else { return nil }
        return Recovery(partition: partition, recordsRecovered: records, bytesCut: found.torn)
    }
}

extension MessageLogError {
    fileprivate static func missingMarks(_ path: String) -> MessageLogError {
        .corrupt(file: path, at: 0, reason: "The head marks are missing although there are segments.")
    }
}
