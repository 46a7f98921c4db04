/// A lane's segments with their sizes and ages, and what of them may go.
struct LaneInventory {
    /// A segment as seen from outside.
    struct Segment: Equatable {
        var base: Offset
        var bytes: Int
        var created: Int64
    }

    let paths: LanePaths
    let mark: HeadMark
    /// Ascending; the last one is being written.
    private(set) var segments: [Segment] = []

    /// Looks at a lane; nil if it is not finished being made.
    init?(paths: LanePaths, fileSystem: any FileSystem) throws(MessageLogError) {
        guard let mark = try HeadFile.read(paths.head, in: fileSystem) else { return nil }
        self.paths = paths
        self.mark = mark
        let bases = try logged { () throws(FileError) in try fileSystem.segments(of: paths) }
        for base in bases where base <= mark.segment {
            if let segment = try Self.look(at: base, paths: paths, fileSystem: fileSystem) { segments.append(segment) }
        }
    }

    func status(of partition: Partition) -> PartitionStatus {
        PartitionStatus(
            partition: partition,
            epoch: mark.epoch,
            first: segments.first?.base ?? mark.head,
            head: mark.head,
            bytes: segments.reduce(0) { $0 + $1.bytes }
        )
    }

    /// The oldest segments that exceed the policy, all of whose records have been read.
    func removable(_ policy: Retention, readUpTo read: Offset, now: Int64) -> [Offset] {
        var bytes = segments.reduce(0) { $0 + $1.bytes }
        var removable: [Offset] = []
        for (segment, next) in zip(segments, segments.dropFirst()) where next.base <= mark.segment {
            // A segment ended when the next one was begun; so its youngest record is older than that.
            let isOld = policy.age.map { next.created < now - $0 } ?? false
            let isTooMuch = policy.bytes.map { bytes > $0 } ?? false
            guard isOld || isTooMuch, next.base <= read else { break }
            removable.append(segment.base)
            bytes -= segment.bytes
        }
        return removable
    }

    private static func look(
        at base: Offset,
        paths: LanePaths,
        fileSystem: any FileSystem
    ) throws(MessageLogError) -> Segment? {
        let path = paths.segment(base)
        let (size, start): (Int, [UInt8])
        do {
            let file = try fileSystem.open(path, .read)
            (size, start) = (try file.size(), try file.bytes(at: 0, count: SegmentHeader.length))
        } catch {
            if error.isMissing { return nil }
            throw MessageLogError(error)
        }
        return Segment(base: base, bytes: size, created: try SegmentHeader.decode(start, file: path).header.created)
    }
}
