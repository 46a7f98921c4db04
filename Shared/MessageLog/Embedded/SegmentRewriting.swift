/// Writes a finished segment anew, with some of its records replaced, and puts it in the place of the old one.
///
/// The name stands for the old segment or the new one at every instant, both whole and durable. Readers that have the
/// old one open read on in it.
struct SegmentRewriting {
    let fileSystem: any FileSystem
    let paths: LanePaths
    let epoch: LogEpoch
    let base: Offset
    let rewrite: Rewrite
    /// The bytes of the records of one batch, unless it had more before.
    let batchLimit: Int
    /// Asked before each batch: why to stop.
    let interruption: @Sendable () -> MessageLogError?

    private var path: String { paths.segment(base) }
    private var draft: String { path + LanePaths.draft }

    /// Replaces the records, the last of which ends at `end`, and says how many; none if the segment was removed.
    func run(upTo end: Offset) throws(MessageLogError) -> Int {
        guard let old = try open(), let first = try firstConcerned(in: old, upTo: end) else { return 0 }
        do throws(MessageLogError) {
            let count = try copy(old, replacingFrom: first, upTo: end)
            return try replace(old) ? count : 0
        } catch {
            try? fileSystem.remove(draft)
            throw error
        }
    }

    /// Whether one of the records before `end`, in the first `limit` bytes, is to be replaced.
    func isWanted(upTo end: Offset, limit: Int) throws(MessageLogError) -> Bool {
        guard let segment = try open() else { return false }
        return try firstConcerned(in: segment, upTo: end, limit: limit) != nil
    }

    private func open() throws(MessageLogError) -> SegmentFile? {
        do { return try SegmentFile(base: base, path: path, epoch: epoch, in: fileSystem) } catch {
            if error.isMissingFile { return nil }
            throw error
        }
    }

    /// The base of the first batch with a record to be replaced.
    private func firstConcerned(
        in segment: SegmentFile,
        upTo end: Offset,
        limit: Int? = nil
    ) throws(MessageLogError) -> Offset? {
        var cursor = try cursor(segment, limit: limit)
        while let batch = try next(&cursor, upTo: end) {
            if try records(of: batch, at: cursor) != nil { return batch.base }
        }
        return nil
    }

    /// Writes the new segment beside the old one, and says how many of its records are others.
    private func copy(
        _ old: SegmentFile,
        replacingFrom first: Offset,
        upTo end: Offset
    ) throws(MessageLogError) -> Int {
        var header = old.header
        header.revision += 1
        var new = try SegmentDraft(header, at: draft, in: fileSystem)
        var cursor = try cursor(old)
        var count = 0
        while let batch = try next(&cursor, upTo: end) {
            if batch.base >= first, let replaced = try records(of: batch, at: cursor) {
                new.add(try encode(replaced.records, inPlaceOf: batch), inPlaceOf: batch)
                count += replaced.count
            } else {
                cursor.withBatch { new.add($0) }
            }
            try new.flush()
        }
        try new.finish()
        return count
    }

    /// Gives the new file the name of the old one, durably; false if retention has removed that meanwhile.
    private func replace(_ old: SegmentFile) throws(MessageLogError) -> Bool {
        let (fileSystem, paths, path, draft) = (fileSystem, paths, path, draft)
        let isReplaced = try logged { () throws(FileError) in
            let lock = try fileSystem.waitForLock(paths.head)
            defer { withExtendedLifetime(lock) {} }
            guard try old.file.isLinked() else {
                try fileSystem.remove(draft)
                return false
            }
            try fileSystem.rename(draft, to: path)
            return true
        }
        // Which of the two a power cut would leave is unknown if this fails.
        do { try fileSystem.syncDirectory(paths.directory) } catch { throw .syncFailed(errno: error.errno) }
        return isReplaced
    }

    private func cursor(_ segment: SegmentFile, limit: Int? = nil) throws(MessageLogError) -> SegmentCursor {
        let size = try logged { () throws(FileError) in try segment.file.size() }
        return SegmentCursor(file: segment.file, from: segment.start, limit: limit ?? size)
    }

    private func next(_ cursor: inout SegmentCursor, upTo end: Offset) throws(MessageLogError) -> BatchHeader? {
        if let reason = interruption() { throw reason }
        return try cursor.next(before: end, of: path)
    }

    /// All records of the batch the cursor shows, as they are to be; nil if they all stay.
    private func records(
        of batch: BatchHeader,
        at cursor: SegmentCursor
    ) throws(MessageLogError) -> Rewrite.Replaced? {
        switch cursor.withBatch({ rewrite.outcome(of: $0, batch) }) {
        case .stays: return nil
        case .replaced(let replaced): return replaced
        case .unreadable: throw .unreadableRecords(path, at: cursor.place.position - batch.length)
        }
    }

    private func encode(_ records: [Record], inPlaceOf batch: BatchHeader) throws(MessageLogError) -> EncodedAppend {
        let (size, limit) = (EncodedAppend.size(of: records), max(batchLimit, batch.length - BatchHeader.length))
        guard size <= limit else { throw .recordTooLarge(bytes: size, limit: limit) }
        return EncodedAppend(records, size: size, sequence: batch.sequence)
    }
}

extension Rewrite {
    /// The records of a batch, some of which were replaced.
    struct Replaced {
        var records: [Record] = []
        var count = 0
    }

    /// What becomes of a batch.
    enum Outcome {
        case stays
        case replaced(Replaced)
        /// Its bytes are no records.
        case unreadable
    }

    func outcome(of bytes: UnsafeRawBufferPointer, _ batch: BatchHeader) -> Outcome {
        guard concerns(batch.base..<batch.end) else { return .stays }
        var reader = RecordReader(bytes.part(BatchHeader.length..<batch.length), timestamp: batch.timestamp)
        var replaced = Replaced()
        for offset in batch.base..<batch.end {
            guard let record = reader.record() else { return .unreadable }
            let new = replacement(of: record, at: offset)
            replaced.records.append(new ?? record)
            replaced.count += new == nil ? 0 : 1
        }
        return replaced.count == 0 ? .stays : .replaced(replaced)
    }
}
