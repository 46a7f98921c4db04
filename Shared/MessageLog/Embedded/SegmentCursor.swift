/// Walks through the batches of a segment, each one verified before it is shown.
struct SegmentCursor {
    /// What the next bytes of the segment are.
    enum Step {
        /// A whole batch; its bytes are in ``SegmentCursor/batch``.
        case batch(BatchHeader)
        /// Nothing: the limit is reached exactly.
        case end
        /// No batch, for this reason.
        case broken(String)
    }

    private static let firstChunk = 64 << 10
    private static let largestChunk = 1 << 20

    private let file: any File
    /// Where the segment's bytes to be read end.
    private let limit: Int
    /// Where the next batch begins, what its first record's offset must be, and which checksum it continues.
    private(set) var place: Place
    private var chunk: [UInt8] = []
    private var chunkStart: Int
    private var chunkSize = SegmentCursor.firstChunk
    private var lastBatch: Range<Int> = 0..<0

    /// A point between two batches.
    struct Place: Equatable {
        var position: Int
        var offset: Offset
        var crc: UInt32
    }

    init(file: any File, from place: Place, limit: Int) {
        self.file = file
        self.limit = limit
        self.place = place
        chunkStart = place.position
    }

    /// Lends the bytes of the batch that ``next()`` showed last.
    func withBatch<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        chunk.withUnsafeBytes { body($0.part(lastBatch)) }
    }

    /// Steps over the next batch of a segment whose records end at `end`; nil when that is reached.
    mutating func next(before end: Offset, of path: String) throws(MessageLogError) -> BatchHeader? {
        let start = place
        switch try next() {
        case .batch(let header): return header
        case .broken(let reason): throw .corrupt(file: path, at: start.position, reason: reason)
        case .end:
            guard start.offset == end else {
                throw .corrupt(file: path, at: start.position, reason: "Records up to offset \(end) are missing.")
            }
            return nil
        }
    }

    /// Verifies the next batch and steps over it.
    mutating func next() throws(MessageLogError) -> Step {
        let left = limit - place.position
        if left == 0 { return .end }
        guard left >= BatchHeader.length else { return .broken("There are \(left) bytes where a batch should be.") }
        try load(BatchHeader.length)
        let header = view(BatchHeader.length) { BatchHeader($0) }
        guard header.length >= BatchHeader.length else { return .broken("The batch's length is impossible.") }
        guard header.length <= left else { return .broken("The batch runs past the end.") }
        guard header.previous == place.crc else { return .broken("The batch does not continue the one before.") }
        try load(header.length)
        guard view(header.length, { header.matches($0) }) else {
            return .broken("The batch's checksum does not match.")
        }
        guard header.base == place.offset else {
            return .broken("The batch begins at offset \(header.base), not at \(place.offset).")
        }
        return advance(past: header)
    }

    private mutating func advance(past header: BatchHeader) -> Step {
        let start = place.position - chunkStart
        lastBatch = start..<start + header.length
        place = Place(position: place.position + header.length, offset: header.end, crc: header.crc)
        return .batch(header)
    }

    private func view<Value>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let start = place.position - chunkStart
        return chunk.withUnsafeBytes { body($0.part(start..<start + count)) }
    }

    /// Makes sure that `count` bytes at the place are in memory.
    private mutating func load(_ count: Int) throws(MessageLogError) {
        guard place.position + count > chunkStart + chunk.count else { return }
        let wanted = min(max(count, chunkSize), limit - place.position)
        let (file, position) = (file, place.position)
        chunk = try logged { () throws(FileError) in try file.bytes(at: position, count: wanted) }
        chunkStart = position
        chunkSize = min(chunkSize * 4, Self.largestChunk)
        guard chunk.count >= count else {
            throw .io(operation: "pread", file: "segment", errno: 0)
        }
    }
}
