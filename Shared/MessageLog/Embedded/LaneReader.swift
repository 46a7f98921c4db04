/// Reads one lane, of this process or another's.
///
/// It goes by the head mark, which it reads each time: what lies beyond is not durable yet and is not looked at.
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
        guard let mark = try HeadFile.read(paths.head, in: fileSystem) else { throw .noSuchPartition(partition) }
        try refresh(mark)
        guard offset <= mark.head else { throw .offsetAhead(head: mark.head) }
        var request = ReadRequest(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes)
        while request.next < mark.head, !request.isSatisfied {
            try readSegment(&request, mark: mark)
        }
        return request.found
    }

    /// Reads on in the segment that holds the next offset.
    private func readSegment(_ request: inout ReadRequest, mark: HeadMark) throws(MessageLogError) {
        guard let index = bases.lastIndex(where: { $0 <= request.next }) else {
            throw .offsetGone(first: bases.first ?? mark.head)
        }
        let base = bases[index]
        guard try open(base, epoch: mark.epoch) else {
            try list(upTo: mark)
            return
        }
        let isLast = base == mark.segment
        let end = isLast || index + 1 == bases.count ? mark.head : bases[index + 1]
        try segments[base]?.collect(&request, limit: isLast ? mark.position : nil, end: end)
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
        let (fileSystem, directory) = (fileSystem, paths.directory)
        let names = try logged { () throws(FileError) in try fileSystem.list(directory) }
        let listed = LanePaths.segments(among: names).filter { $0 <= mark.segment }
        guard listed.last == mark.segment else {
            throw .lostTail(file: directory, mark: mark.head, found: listed.last ?? 0)
        }
        bases = listed
        segments = segments.filter { listed.contains($0.key) }
        recent = recent.filter { listed.contains($0) }
    }

    /// Makes a segment ready to be read; false if it was removed.
    private func open(_ base: Offset, epoch: LogEpoch) throws(MessageLogError) -> Bool {
        if segments[base] == nil {
            do throws(MessageLogError) {
                segments[base] = try SegmentReader(
                    base: base,
                    path: paths.segment(base),
                    epoch: epoch,
                    in: fileSystem
                )
            } catch {
                if error.isMissingFile { return false }
                throw error
            }
        }
        guard try segments[base]?.resume(in: fileSystem) == true else {
            segments[base] = nil
            return false
        }
        noteUse(of: base)
        return true
    }

    private func noteUse(of base: Offset) {
        guard recent.last != base else { return }
        recent.removeAll { $0 == base }
        recent.append(base)
        if recent.count > Self.openFiles { segments[recent.removeFirst()]?.letGo() }
    }
}
