/// How far a lane is durable: what readers may see, and what must be there after a crash.
struct HeadMark: Equatable {
    static let length = 512
    private static let magic: [UInt8] = Array("KITHHED".utf8) + [1]

    var epoch: LogEpoch
    /// Grows with every mark; of the two in the file the greater one counts.
    var counter: UInt64
    /// The offset the next record will get.
    var head: Offset
    /// The segment being written.
    var segment: Offset
    /// The durable bytes in that segment.
    var position: Int
    /// Whether a sync failed behind this mark: what the file seems to hold there may not be on the disk.
    var isFailed = false

    /// One sector, its last four bytes the checksum of the others.
    var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.length)
        bytes.append(number: epoch.upper.byteSwapped)
        bytes.append(number: epoch.lower.byteSwapped)
        bytes.append(number: counter)
        bytes.append(number: head)
        bytes.append(number: segment)
        bytes.append(number: UInt64(position))
        bytes.append(number: UInt32(isFailed ? 1 : 0))
        bytes.append(contentsOf: repeatElement(0, count: Self.length - 4 - bytes.count))
        bytes.append(number: bytes.checksum(of: 0..<Self.length - 4))
        return bytes
    }

    /// The mark these bytes are, if they are one.
    init?(_ bytes: ArraySlice<UInt8>) {
        let end = Self.length - 4
        guard bytes.count == Self.length, bytes.starts(with: Self.magic) else { return nil }
        let (mark, intact) = bytes.withUnsafeBytes { raw in
            (HeadMark(fields: raw), raw.part(0..<end).checksum() == raw.number(at: end, as: UInt32.self))
        }
        guard intact, let mark else { return nil }
        self = mark
    }

    init(epoch: LogEpoch, counter: UInt64, head: Offset, segment: Offset, position: Int, isFailed: Bool = false) {
        self.epoch = epoch
        self.counter = counter
        self.head = head
        self.segment = segment
        self.position = position
        self.isFailed = isFailed
    }

    private init?(fields: UnsafeRawBufferPointer) {
        guard let position = Int(exactly: fields.number(at: 48, as: UInt64.self)) else { return nil }
        self.init(
            epoch: fields.epoch(at: 8),
            counter: fields.number(at: 24),
            head: fields.number(at: 32),
            segment: fields.number(at: 40),
            position: position,
            isFailed: fields.number(at: 56, as: UInt32.self) != 0
        )
    }
}

/// The file of two marks, written in turn so that one is always whole.
struct HeadFile {
    private static let attempts = 1000

    /// The mark in force; nil if there is no such file.
    static func read(_ path: String, in fileSystem: any FileSystem) throws(MessageLogError) -> HeadMark? {
        let file: any File
        do {
            file = try fileSystem.open(path, .read)
        } catch {
            if error.isMissing { return nil }
            throw MessageLogError(error)
        }
        // A mark is written while it is read now and then; only one that stays broken is damaged.
        for _ in 1..<attempts {
            if let mark = try? read(file, path: path) { return mark }
        }
        return try read(file, path: path)
    }

    /// A new file for a new lane: its first mark in both places, durable.
    static func create(
        _ mark: HeadMark,
        at paths: LanePaths,
        in fileSystem: any FileSystem
    ) throws(FileError) -> any File {
        try fileSystem.place(mark.encoded + mark.encoded, at: paths.head, in: paths.directory)
    }

    /// Writes the mark over the older of the two.
    static func write(_ mark: HeadMark, to file: any File) throws(FileError) {
        try file.write(mark.encoded, at: Int(mark.counter % 2) * HeadMark.length)
    }

    private static func read(_ file: any File, path: String) throws(MessageLogError) -> HeadMark {
        let bytes: [UInt8]
        do { bytes = try file.bytes(at: 0, count: 2 * HeadMark.length + 1) } catch { throw MessageLogError(error) }
        return try mark(in: bytes, path: path)
    }

    /// The mark in force of the file's bytes, both of which must be whole.
    static func mark(in bytes: [UInt8], path: String) throws(MessageLogError) -> HeadMark {
        guard bytes.count == 2 * HeadMark.length else {
            throw .corrupt(file: path, at: bytes.count, reason: "The file of the head marks has the wrong size.")
        }
        guard let first = HeadMark(bytes.prefix(HeadMark.length)) else { throw .damagedMark(path, at: 0) }
        guard let second = HeadMark(bytes.suffix(HeadMark.length)) else {
            throw .damagedMark(path, at: HeadMark.length)
        }
        return first.counter > second.counter ? first : second
    }
}

extension MessageLogError {
    fileprivate static func damagedMark(_ path: String, at position: Int) -> MessageLogError {
        .corrupt(file: path, at: position, reason: "The head mark's checksum does not match.")
    }
}
