/// The file in which a segment is written anew, batch after batch, before it takes the place of the old one.
struct SegmentDraft {
    /// The bytes that gather before they are written.
    private static let chunk = 1 << 20
    /// The bytes that are written between two syncs; the lane's appends may have to wait for one of them.
    private static let syncedBytes = 8 << 20

    private let file: any File
    private var buffer: [UInt8]
    private var position = 0
    private var synced = 0
    private var crc: UInt32

    init(_ header: SegmentHeader, at path: String, in fileSystem: any FileSystem) throws(MessageLogError) {
        file = try logged { () throws(FileError) in try fileSystem.open(path, .create) }
        buffer = header.encoded
        crc = buffer.withUnsafeBytes { $0.number(at: SegmentHeader.length - 4) }
    }

    /// Adds a batch that stays as it is, but for what it continues.
    mutating func add(_ batch: UnsafeRawBufferPointer) {
        crc = buffer.appendBatch(batch, previous: crc)
    }

    /// Adds other records in the place of those of a batch.
    mutating func add(_ records: EncodedAppend, inPlaceOf header: BatchHeader) {
        crc = buffer.appendBatch(of: records, base: header.base, durable: header.durable, previous: crc)
    }

    /// Writes what has gathered if it is enough.
    mutating func flush() throws(MessageLogError) {
        if buffer.count >= Self.chunk { try write() }
        if position - synced >= Self.syncedBytes { try sync() }
    }

    /// Writes the rest, and makes everything durable.
    mutating func finish() throws(MessageLogError) {
        try write()
        try sync()
    }

    private mutating func sync() throws(MessageLogError) {
        do { try file.sync() } catch { throw MessageLogError(syncing: error) }
        synced = position
    }

    private mutating func write() throws(MessageLogError) {
        do { try file.write(buffer, at: position) } catch { throw MessageLogError(error) }
        position += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
