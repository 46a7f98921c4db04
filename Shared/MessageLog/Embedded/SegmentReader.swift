/// Reads one segment, and remembers the way: the places of some of its batches, found as it is read.
///
/// Every byte between a remembered place and the record is verified at each read, so damage is seen however one gets
/// there.
struct SegmentReader {
    /// The bytes between two remembered places, at least.
    private static let spacing = 64 << 10

    let base: Offset
    let path: String
    let header: SegmentHeader
    private var file: (any File)?
    private var places: [SegmentCursor.Place]

    init(base: Offset, path: String, epoch: LogEpoch, in fileSystem: any FileSystem) throws(MessageLogError) {
        let segment = try SegmentFile(base: base, path: path, epoch: epoch, in: fileSystem)
        self.base = base
        self.path = path
        header = segment.header
        file = segment.file
        places = [segment.start]
    }

    /// Lets go of the file but not of what is known about it.
    mutating func letGo() { file = nil }

    /// Whether the open file is what its name stands for; false after the segment was removed or rewritten.
    func isLinked() throws(MessageLogError) -> Bool {
        guard let file else { return false }
        return try logged { () throws(FileError) in try file.isLinked() }
    }

    /// Opens the file if it is not, and forgets what is known about it if it was rewritten since.
    mutating func resume(in fileSystem: any FileSystem) throws(MessageLogError) {
        guard file == nil else { return }
        let again = try SegmentReader(base: base, path: path, epoch: header.epoch, in: fileSystem)
        if again.header == header { file = again.file } else { self = again }
    }

    /// Adds the records from the request's next offset on, up to the segment's end.
    ///
    /// - Parameters:
    ///   - limit: Where the durable bytes end; nil means at the end of the file.
    ///   - end: The offset that must follow the last record.
    mutating func collect(_ request: inout ReadRequest, limit: Int?, end: Offset) throws(MessageLogError) {
        guard let file else { throw .closed }
        let size = try logged { () throws(FileError) in try file.size() }
        guard size >= limit ?? 0 else {
            throw .corrupt(file: path, at: size, reason: "The segment ends before its durable end.")
        }
        var cursor = SegmentCursor(file: file, from: place(before: request.next), limit: limit ?? size)
        while !request.isSatisfied {
            let start = cursor.place
            guard let header = try cursor.next(before: end, of: path) else { return }
            remember(start)
            guard header.end > request.next else { continue }
            guard cursor.withBatch({ request.take($0, header) }) else {
                throw .unreadableRecords(path, at: start.position)
            }
        }
    }

    /// The last place known at which an offset is still ahead.
    private func place(before offset: Offset) -> SegmentCursor.Place {
        var (low, high) = (0, places.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if places[middle].offset <= offset { low = middle } else { high = middle }
        }
        return places[low]
    }

    private mutating func remember(_ place: SegmentCursor.Place) {
        guard place.position >= places[places.count - 1].position + Self.spacing else { return }
        places.append(place)
    }
}

extension MessageLogError {
    static func unreadableRecords(_ path: String, at position: Int) -> MessageLogError {
        .corrupt(file: path, at: position, reason: "The records of the batch cannot be read.")
    }
}

/// What a reader wants, and what was found so far.
struct ReadRequest {
    let partition: Partition
    /// The offset of the next record to take.
    private(set) var next: Offset
    private(set) var found: [StoredRecord] = []
    private let maxRecords: Int
    private var bytesLeft: Int
    private(set) var isSatisfied: Bool

    init(_ partition: Partition, from offset: Offset, maxRecords: Int, maxBytes: Int) {
        self.partition = partition
        next = offset
        self.maxRecords = maxRecords
        bytesLeft = maxBytes
        isSatisfied = maxRecords <= 0
    }

    /// Takes the wanted records of a batch; false if its bytes are no records.
    mutating func take(_ batch: UnsafeRawBufferPointer, _ header: BatchHeader) -> Bool {
        var reader = RecordReader(batch.part(BatchHeader.length..<header.length), timestamp: header.timestamp)
        for _ in 0..<(next - header.base) {
            guard reader.skip() else { return false }
        }
        while !isSatisfied, next < header.end {
            guard let record = reader.record() else { return false }
            add(record)
        }
        return true
    }

    /// Adds a record if it fits or is the first.
    mutating func add(_ record: Record) {
        let size = record.contentBytes
        guard found.isEmpty || size <= bytesLeft else {
            isSatisfied = true
            return
        }
        found.append(StoredRecord(partition: partition, offset: next, record: record))
        bytesLeft -= size
        next += 1
        isSatisfied = found.count >= maxRecords || bytesLeft <= 0
    }
}

extension Record {
    /// The bytes of key, value and headers.
    var contentBytes: Int {
        headers.reduce(key.count + value.count) { $0 + $1.name.utf8.count + $1.value.count }
    }
}
