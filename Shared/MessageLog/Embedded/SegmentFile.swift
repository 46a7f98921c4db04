/// A segment's file, opened to be read and found to belong where it is.
struct SegmentFile {
    let file: any File
    let header: SegmentHeader
    /// Where the first batch begins.
    let start: SegmentCursor.Place

    init(base: Offset, path: String, epoch: LogEpoch, in fileSystem: any FileSystem) throws(MessageLogError) {
        let (file, bytes) = try logged { () throws(FileError) in
            let file = try fileSystem.open(path, .read)
            return (file, try file.bytes(at: 0, count: SegmentHeader.length))
        }
        let (header, crc) = try SegmentHeader.decode(bytes, file: path)
        guard header.epoch == epoch, header.base == base else {
            throw .corrupt(file: path, at: 8, reason: "The segment belongs elsewhere.")
        }
        self.file = file
        self.header = header
        start = SegmentCursor.Place(position: SegmentHeader.length, offset: base, crc: crc)
    }
}
