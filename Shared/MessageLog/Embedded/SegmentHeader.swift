/// The first bytes of a segment file; `docs/formats.md` draws them.
struct SegmentHeader: Equatable {
    static let length = 64
    private static let magic: [UInt8] = Array("KITHSEG".utf8) + [1]

    var epoch: LogEpoch
    /// The offset of the first record.
    var base: Offset
    /// The last sequence stored before this segment, so that it outlives the segments that carried it.
    var lastSequence: UInt64
    /// When the segment was begun, in microseconds since 1970; everything before it is older.
    var created: Int64
    /// How often the segment was rewritten; 0 while it is being written.
    var revision: UInt32 = 0

    /// The header's bytes; the last four are the checksum of the others.
    var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.length)
        bytes.append(number: epoch.upper.byteSwapped)
        bytes.append(number: epoch.lower.byteSwapped)
        bytes.append(number: base)
        bytes.append(number: lastSequence)
        bytes.append(number: created)
        bytes.append(number: revision)
        bytes.append(contentsOf: repeatElement(0, count: 60 - bytes.count))
        bytes.append(number: bytes.checksum(of: 0..<60))
        return bytes
    }

    /// The header these bytes are, and its checksum, from which the first batch's is continued.
    static func decode(_ bytes: [UInt8], file: String) throws(MessageLogError) -> (header: SegmentHeader, crc: UInt32) {
        guard bytes.count >= length else {
            throw .corrupt(file: file, at: bytes.count, reason: "The segment header is cut short.")
        }
        guard bytes.starts(with: magic) else {
            throw .corrupt(file: file, at: 0, reason: "This is not a segment of version 1.")
        }
        let (header, stored) = bytes.withUnsafeBytes { ($0.segmentHeader, $0.number(at: 60, as: UInt32.self)) }
        guard bytes.checksum(of: 0..<60) == stored else {
            throw .corrupt(file: file, at: 0, reason: "The segment header's checksum does not match.")
        }
        return (header, stored)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var segmentHeader: SegmentHeader {
        SegmentHeader(
            epoch: epoch(at: 8),
            base: number(at: 24),
            lastSequence: number(at: 32),
            created: number(at: 40),
            revision: number(at: 48)
        )
    }

    /// The epoch at a position, written as it is spelt.
    func epoch(at position: Int) -> LogEpoch {
        LogEpoch(
            upper: number(at: position, as: UInt64.self).byteSwapped,
            lower: number(at: position + 8, as: UInt64.self).byteSwapped
        )
    }
}
