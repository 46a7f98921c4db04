/// What a lane's writer holds open: its lock, its segment and its head marks.
struct LaneFiles {
    let fileSystem: any FileSystem
    let paths: LanePaths
    let lock: any FileLock
    let epoch: LogEpoch
    private(set) var segment: any File
    private let head: any File
    private(set) var mark: HeadMark

    init(
        fileSystem: any FileSystem,
        paths: LanePaths,
        lock: any FileLock,
        segment: any File,
        head: any File,
        mark: HeadMark
    ) {
        self.fileSystem = fileSystem
        self.paths = paths
        self.lock = lock
        self.epoch = mark.epoch
        self.segment = segment
        self.head = head
        self.mark = mark
    }

    /// Shows readers everything up to the tail, which must be durable.
    mutating func advance(to tail: LaneTail) throws(FileError) {
        try write(
            HeadMark(
                epoch: epoch,
                counter: mark.counter + 1,
                head: tail.place.offset,
                segment: tail.segment,
                position: tail.place.position
            )
        )
    }

    /// Notes that what the segment holds beyond the mark may not be on the disk.
    mutating func noteFailure() throws(FileError) {
        var failed = mark
        failed.counter += 1
        failed.isFailed = true
        try write(failed)
    }

    /// Makes the mark survive a power cut as well.
    func syncMark() throws(FileError) { try head.sync() }

    /// Begins the next segment behind the tail.
    mutating func roll(_ tail: LaneTail, now: Int64) throws(FileError) -> LaneTail {
        let header = SegmentHeader(
            epoch: epoch,
            base: tail.place.offset,
            lastSequence: tail.lastSequence,
            created: max(now, tail.created)
        )
        let bytes = header.encoded
        segment = try fileSystem.place(bytes, at: paths.segment(header.base), in: paths.directory)
        let next = LaneTail(header, crc: bytes.withUnsafeBytes { $0.number(at: 60) })
        try advance(to: next)
        try syncMark()
        return next
    }

    private mutating func write(_ next: HeadMark) throws(FileError) {
        try HeadFile.write(next, to: head)
        mark = next
    }
}
