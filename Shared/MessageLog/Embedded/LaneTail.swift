/// The end of a lane: where the next batch goes and what it continues.
struct LaneTail: Equatable {
    /// The segment being written.
    var segment: Offset
    var place: SegmentCursor.Place
    var lastSequence: UInt64
    var created: Int64
    /// What is durable, as opposed to written.
    var durable: Offset
}

extension LaneTail {
    /// The tail behind a segment's header.
    init(_ header: SegmentHeader, crc: UInt32) {
        let place = SegmentCursor.Place(position: SegmentHeader.length, offset: header.base, crc: crc)
        self.init(
            segment: header.base,
            place: place,
            lastSequence: header.lastSequence,
            created: header.created,
            durable: header.base
        )
    }

    /// Whether the segment has no records yet.
    var isFresh: Bool { place.position == SegmentHeader.length }

    /// Adds an append to the bytes to be written, unless its sequence was stored before.
    mutating func encode(_ entry: EncodedAppend, into bytes: inout [UInt8]) -> Appended {
        if let sequence = entry.sequence {
            guard sequence > lastSequence else { return .duplicate }
            lastSequence = sequence
        }
        let base = place.offset
        place.crc = bytes.appendBatch(of: entry, base: base, durable: durable, previous: place.crc)
        place.position += BatchHeader.length + entry.payload.count
        place.offset += Offset(entry.count)
        return .at(base)
    }

    /// Takes a batch that was read into account.
    mutating func pass(_ header: BatchHeader, to next: SegmentCursor.Place) {
        place = next
        lastSequence = max(lastSequence, header.sequence)
    }
}
