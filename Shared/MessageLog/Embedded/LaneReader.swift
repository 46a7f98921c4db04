/// Reads one lane, of this process or another's.
///
/// It goes by the head mark, which it reads each time: what lies beyond is not durable yet and is not looked at. Segments
/// may be rewritten meanwhile: a file that is open stays what it was, and is let go of before the next read.
actor LaneReader {
    private static let openFiles = 8

    private let partition: Partition
    private nonisolated let executor: QueueExecutor
    private let fileSystem: any FileSystem
    private let paths: LanePaths

    private var epoch: LogEpoch?
    private var bases: [Offset] = []
    private var segments: [Offset: SegmentReader] = [:]
    /// The segments whose files are open, the one used last at the end.
    private var recent: [Offset] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(partition: Partition, root: String, fileSystem: any FileSystem) {
        self.partition = partition
        self.fileSystem = fileSystem
        paths = LanePaths(root: root, partition: partition)
        executor = QueueExecutor("log.read.\(partition)")
    }

    func read(from offset: Offset, maxRecords: Int, maxBytes: Int) throws(MessageLogError) -> [StoredRecord] {
        var mark = try currentMark()
        try dropReplaced()
        try refresh(mark)
        guard offset <= mark.head else { throw .offsetAhead(head: mark.head) }
        var request = ReadRequest(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
        while request.next < mark.head, !request.isSatisfied {
            if try readSegment(&request, mark: mark) { continue }
            mark = try currentMark()
            bases = []
            try refresh(mark)
        }
        return request.found
    }

    private func currentMark() throws(MessageLogError) -> HeadMark {
        guard let mark = try HeadFile.read(paths.head, in: fileSystem) else { throw .noSuchPartition(partition) }
        return mark
    }

    /// Reads on in the segment that holds the next offset; false if what is known of the lane has become outdated.
    private func readSegment(_ request: inout ReadRequest, mark: HeadMark) throws(MessageLogError) -> Bool {
        guard let index = bases.lastIndex(where: { $0 <= request.next }) else {
            throw .offsetGone(first: bases.first ?? mark.head)
        }
        let base = bases[index]
        guard try open(base, epoch: mark.epoch) else { return false }
        let isLast = base == mark.segment
        if isLast, try isFinished(base) { return false }
        let end = isLast || index + 1 == bases.count ? mark.head : bases[index + 1]
        try segments[base]?.collect(&request, limit: isLast ? mark.position : nil, end: end)
        return true
    }

    /// Whether the segment that the mark said was being written has been finished, and even rewritten, since the mark was
    /// read; its bytes are others than those the mark spoke of.
    private func isFinished(_ base: Offset) throws(MessageLogError) -> Bool {
        guard let segment = segments[base], segment.header.revision > 0 else { return false }
        guard try currentMark().segment != base else {
            throw .corrupt(file: segment.path, at: 48, reason: "A segment was rewritten while it was being written.")
        }
        return true
    }

    /// Follows the lane into new segments, and into a new life.
    private func refresh(_ mark: HeadMark) throws(MessageLogError) {
        if epoch != mark.epoch {
            segments = [:]
            recent = []
            bases = []
            epoch = mark.epoch
        }
        if bases.last != mark.segment { try list(upTo: mark) }
    }

    /// Learns which segments there are.
    private func list(upTo mark: HeadMark) throws(MessageLogError) {
        let (fileSystem, paths) = (fileSystem, paths)
        let all = try logged { () throws(FileError) in try fileSystem.segments(of: paths) }
        let listed = all.filter { $0 <= mark.segment }
        guard listed.last == mark.segment else {
            throw .lostTail(file: paths.directory, mark: mark.head, found: listed.last ?? 0)
        }
        bases = listed
        segments = segments.filter { listed.contains($0.key) }
        recent = recent.filter { listed.contains($0) }
    }

    /// Makes a segment ready to be read; false if it was removed.
    private func open(_ base: Offset, epoch: LogEpoch) throws(MessageLogError) -> Bool {
        do throws(MessageLogError) {
            if segments[base] == nil {
                let path = paths.segment(base)
                segments[base] = try SegmentReader(base: base, path: path, epoch: epoch, in: fileSystem)
            }
            try segments[base]?.resume(in: fileSystem)
        } catch {
            guard error.isMissingFile else { throw error }
            segments[base] = nil
            return false
        }
        noteUse(of: base)
        return true
    }

    /// Lets go of files that were removed or rewritten, so that their storage becomes free.
    private func dropReplaced() throws(MessageLogError) {
        for base in recent where try segments[base]?.isLinked() != true {
            segments[base] = nil
            recent.removeAll { $0 == base }
        }
    }

    private func noteUse(of base: Offset) {
        guard recent.last != base else { return }
        recent.removeAll { $0 == base }
        recent.append(base)
        if recent.count > Self.openFiles { segments[recent.removeFirst()]?.letGo() }
    }
}
