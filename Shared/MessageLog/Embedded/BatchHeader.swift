/// What precedes the records of one append; `docs/formats.md` draws it.
struct BatchHeader: Equatable {
    static let length = 48

    /// CRC-32C of everything behind it in the batch, continued from the checksum before.
    var crc: UInt32
    /// The bytes of the whole batch, this header included.
    var length: Int
    /// The checksum this one continues.
    var previous: UInt32
    var count: Int
    var base: Offset
    /// What was durable when the batch was written: whatever lies below cannot be a torn write.
    var durable: Offset
    /// The producer's sequence; 0 if it gave none.
    var sequence: UInt64
    /// The time from which the records' times are counted.
    var timestamp: Int64

    var end: Offset { base + Offset(count) }

    init(_ bytes: UnsafeRawBufferPointer) {
        crc = bytes.number(at: 0)
        length = Int(bytes.number(at: 4, as: UInt32.self))
        previous = bytes.number(at: 8)
        count = Int(bytes.number(at: 12, as: UInt32.self))
        base = bytes.number(at: 16)
        durable = bytes.number(at: 24)
        sequence = bytes.number(at: 32)
        timestamp = bytes.number(at: 40)
    }

    /// Whether the bytes, a whole batch, have the checksum the header says.
    func matches(_ batch: UnsafeRawBufferPointer) -> Bool {
        batch.part(4..<batch.count).checksum(seed: previous) == crc
    }
}

extension [UInt8] {
    /// Adds a batch and says its checksum.
    mutating func appendBatch(
        of entry: EncodedAppend,
        base: Offset,
        durable: Offset,
        previous: UInt32
    ) -> UInt32 {
        let start = count
        append(number: UInt32(0))
        append(number: UInt32(BatchHeader.length + entry.payload.count))
        append(number: previous)
        append(number: UInt32(entry.count))
        append(number: base)
        append(number: durable)
        append(number: entry.sequence ?? 0)
        append(number: entry.timestamp)
        append(contentsOf: entry.payload)
        let crc = checksum(of: start + 4..<count, seed: previous)
        store(crc, at: start)
        return crc
    }

    /// Adds a batch as it is, but continuing another checksum, and says its own.
    mutating func appendBatch(_ batch: UnsafeRawBufferPointer, previous: UInt32) -> UInt32 {
        let start = count
        append(contentsOf: batch)
        store(previous, at: start + 8)
        let crc = checksum(of: start + 4..<count, seed: previous)
        store(crc, at: start)
        return crc
    }
}
