/// One message of a partition's stream: appends that were stored together, or none.
///
/// A message without records is a *fence*: its writer has taken the partition over, and whoever wrote before can no longer
/// append, since the last message is not the one that it expects. A fence also stands at the end before the message that was
/// the last one is rewritten, so that the last message is always there.
struct LaneMessage: Sendable {
    static let headerLength = 64
    private static let magic: [UInt8] = Array("KITHMSG".utf8) + [1]

    var epoch: LogEpoch
    /// Tells one opening of the partition from another.
    var writer: UInt64
    /// The offset of the first record; of the next one, if there is none here.
    var base: Offset
    var count: Int
    /// The producer's last sequence, with this message.
    var lastSequence: UInt64
    /// When it was first written, in microseconds since 1970.
    var written: Int64

    /// The whole message, if it is made here.
    private var made: [UInt8] = []
    /// The whole message, if it came.
    private var received: NATSReply?
    /// Where the appends are in it, each with its header.
    private(set) var batches: [Range<Int>] = []

    var end: Offset { base + Offset(count) }

    /// The whole message; a copy, if it came.
    var bytes: [UInt8] { received?.payload ?? made }

    /// Lends the whole message.
    func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try received?.withUnsafeBytes(body) ?? made.withUnsafeBytes(body)
    }

    /// A message without records.
    init(epoch: LogEpoch, writer: UInt64, base: Offset, lastSequence: UInt64, written: Int64) {
        self.epoch = epoch
        self.writer = writer
        self.base = base
        self.lastSequence = lastSequence
        self.written = written
        count = 0
    }

    /// Makes room for batches of so many bytes.
    mutating func reserve(_ count: Int) { made.reserveCapacity(Self.headerLength + count) }

    /// Adds an append, unless its sequence was stored before.
    mutating func add(_ entry: EncodedAppend) -> Appended {
        if let sequence = entry.sequence {
            guard sequence > lastSequence else { return .duplicate }
            lastSequence = sequence
        }
        let offset = end
        addBatch(of: entry)
        return .at(offset)
    }

    /// Adds an append in the place of one that was there before.
    mutating func addBatch(of entry: EncodedAppend) {
        leaveRoomForHeader()
        let start = made.count
        _ = made.appendBatch(of: entry, base: end, durable: base, previous: 0)
        batches.append(start..<made.count)
        count += entry.count
    }

    /// Adds an append as it stands in another message.
    mutating func addBatch(_ batch: ArraySlice<UInt8>, count records: Int) {
        leaveRoomForHeader()
        batches.append(made.count..<made.count + batch.count)
        made += batch
        count += records
    }

    private mutating func leaveRoomForHeader() {
        if made.isEmpty { made.append(contentsOf: repeatElement(0, count: Self.headerLength)) }
    }

    /// The message as it is sent.
    mutating func finish() {
        var header = Self.magic
        header.append(number: epoch.upper.bigEndian)
        header.append(number: epoch.lower.bigEndian)
        header.append(number: writer)
        header.append(number: base)
        header.append(number: UInt32(count))
        header.append(number: lastSequence)
        header.append(number: written)
        header.append(number: header.checksum(of: 0..<header.count))
        if made.isEmpty { made = header } else { made.replaceSubrange(0..<Self.headerLength, with: header) }
    }

    /// Reads a message, and verifies every byte; nil if it is none or damaged.
    init?(_ bytes: [UInt8]) {
        guard let message = bytes.withUnsafeBytes({ LaneMessage($0) }) else { return nil }
        self = message
        made = bytes
    }

    /// Reads a message that came, without copying it.
    init?(_ reply: NATSReply) {
        guard let message = reply.withUnsafeBytes({ LaneMessage($0) }) else { return nil }
        self = message
        received = reply
    }

    private init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else { return nil }
        guard let header = Self.header(bytes), let batches = Self.batches(bytes) else { return nil }
        self = header
        self.batches = batches.ranges
        guard batches.count == count, batches.base ?? base == base else { return nil }
    }

    private static func header(_ bytes: UnsafeRawBufferPointer) -> LaneMessage? {
        guard bytes.part(0..<60).checksum() == bytes.number(at: 60, as: UInt32.self) else { return nil }
        var message = LaneMessage(
            epoch: LogEpoch(
                upper: UInt64(bigEndian: bytes.number(at: 8)),
                lower: UInt64(bigEndian: bytes.number(at: 16))
            ),
            writer: bytes.number(at: 24),
            base: bytes.number(at: 32),
            lastSequence: bytes.number(at: 44),
            written: bytes.number(at: 52)
        )
        message.count = Int(bytes.number(at: 40, as: UInt32.self))
        return message
    }

    private struct Batches {
        var ranges: [Range<Int>] = []
        var count = 0
        var base: Offset?
    }

    /// The appends behind the header, one behind the other with nothing between.
    private static func batches(_ bytes: UnsafeRawBufferPointer) -> Batches? {
        var found = Batches()
        var position = headerLength
        while position < bytes.count {
            guard bytes.count - position >= BatchHeader.length else { return nil }
            let header = BatchHeader(bytes.part(position..<position + BatchHeader.length))
            let end = position + header.length
            guard header.length > BatchHeader.length, end <= bytes.count, header.previous == 0,
                header.matches(bytes.part(position..<end)),
                header.base == (found.base ?? header.base) + Offset(found.count)
            else { return nil }
            found.base = found.base ?? header.base
            found.ranges.append(position..<end)
            found.count += header.count
            position = end
        }
        return found
    }
}
