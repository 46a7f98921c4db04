/// The records of one append, in the form in which they are written.
struct EncodedAppend: Sendable {
    var payload: [UInt8]
    var count: Int
    var sequence: UInt64?
    var timestamp: Int64

    /// Encodes records into a buffer of exactly their size, which ``size(of:)`` said.
    init(_ records: [Record], size: Int, sequence: UInt64?) {
        let start = records.first?.timestamp ?? 0
        payload = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = RecordWriter(target: UnsafeMutableRawBufferPointer(buffer))
            for record in records { writer.write(record, since: start) }
            count = writer.position
        }
        count = records.count
        self.sequence = sequence
        timestamp = start
    }

    /// The bytes the records take encoded.
    static func size(of records: [Record]) -> Int {
        let start = records.first?.timestamp ?? 0
        return records.reduce(0) { sum, record in sum + size(of: record, since: start) }
    }

    private static func size(of record: Record, since start: Int64) -> Int {
        let headers = record.headers.reduce(Varint.size(UInt64(record.headers.count))) { sum, header in
            sum + Varint.sizeWithLength(header.name.utf8.count) + Varint.sizeWithLength(header.value.count)
        }
        return Varint.size(Varint.zigzag(record.timestamp &- start)) + Varint.sizeWithLength(record.key.count)
            + Varint.sizeWithLength(record.value.count) + headers
    }
}

/// Numbers of one to ten bytes, seven bits each, the lowest first.
enum Varint {
    static func size(_ value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }

    static func sizeWithLength(_ count: Int) -> Int { size(UInt64(count)) + count }

    /// Small numbers of either sign become small numbers without one.
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}

/// Writes records into memory that is known to suffice.
private struct RecordWriter {
    let target: UnsafeMutableRawBufferPointer
    var position = 0

    mutating func write(_ record: Record, since start: Int64) {
        write(Varint.zigzag(record.timestamp &- start))
        write(record.key)
        write(record.value)
        write(UInt64(record.headers.count))
        for header in record.headers {
            write(Array(header.name.utf8))
            write(header.value)
        }
    }

    private mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            target[position] = UInt8(truncatingIfNeeded: rest) | 0x80
            position += 1
            rest >>= 7
        }
        target[position] = UInt8(rest)
        position += 1
    }

    private mutating func write(_ bytes: [UInt8]) {
        write(UInt64(bytes.count))
        bytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: target[position..<position + source.count]).copyMemory(from: source)
        }
        position += bytes.count
    }
}

/// Reads the records of a batch one behind the other; nil means that the bytes are none.
struct RecordReader {
    private let source: UnsafeRawBufferPointer
    private let start: Int64
    private(set) var position = 0

    /// Reads from the records of a batch whose header says `timestamp`.
    init(_ source: UnsafeRawBufferPointer, timestamp: Int64) {
        self.source = source
        start = timestamp
    }

    mutating func record() -> Record? {
        guard let time = number(), let key = bytes(), let value = bytes(), let count = number() else { return nil }
        var headers: [Header] = []
        for _ in 0..<count {
            guard let name = bytes(), let value = bytes() else { return nil }
            headers.append(Header(name: String(decoding: name, as: UTF8.self), value: value))
        }
        return Record(key: key, value: value, headers: headers, timestamp: start &+ Varint.unzigzag(time))
    }

    /// Steps over a record without copying it, and says whether there was one.
    mutating func skip() -> Bool {
        guard number() != nil, span() != nil, span() != nil, let count = number() else { return false }
        for _ in 0..<count {
            guard span() != nil, span() != nil else { return false }
        }
        return true
    }

    private mutating func bytes() -> [UInt8]? { span().map { Array(source.part($0)) } }

    private mutating func span() -> Range<Int>? {
        guard let count = number(), count <= UInt64(source.count - position) else { return nil }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < source.count, shift < 64 {
            let byte = source[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
