/// Verifies the last segment of a lane and repairs its end.
struct TailCheck {
    let file: any File
    let path: String
    let base: Offset
    let mark: HeadMark

    /// What the last segment holds.
    struct Finding {
        var tail: LaneTail
        /// The bytes behind the tail that are no batch.
        var torn: Int
    }

    /// Reads the whole segment; throws if something is missing or damaged that was durable.
    func run() throws(MessageLogError) -> Finding {
        let file = file
        let (size, start) = try logged { () throws(FileError) in
            (try file.size(), try file.bytes(at: 0, count: SegmentHeader.length))
        }
        var tail = try first(start)
        var cursor = SegmentCursor(file: file, from: tail.place, limit: size)
        while true {
            switch try cursor.next() {
            case .batch(let header): tail.pass(header, to: cursor.place)
            case .end:
                try requireMarked(tail, size: size)
                return finding(tail, size: size)
            case .broken(let reason):
                try requireMarked(tail, size: size, broken: reason)
                return finding(tail, size: size)
            }
        }
    }

    /// Cuts off what is torn and puts everything beyond the mark on the disk.
    func makeDurable(_ found: Finding) throws(MessageLogError) {
        let (file, end) = (file, found.tail.place.position)
        let start = mark.segment == base ? mark.position : SegmentHeader.length
        try logged { () throws(FileError) in
            if found.torn > 0 { try file.truncate(to: end) }
            var position = start
            while position < end {
                let bytes = try file.bytes(at: position, count: min(end - position, 1 << 20))
                try file.write(bytes, at: position)
                position += bytes.count
            }
            try file.sync()
        }
    }

    private func first(_ bytes: [UInt8]) throws(MessageLogError) -> LaneTail {
        let (header, crc) = try SegmentHeader.decode(bytes, file: path)
        guard header.epoch == mark.epoch, header.base == base else {
            throw .corrupt(file: path, at: 8, reason: "The segment belongs elsewhere.")
        }
        return LaneTail(header, crc: crc)
    }

    private func finding(_ tail: LaneTail, size: Int) -> Finding {
        var tail = tail
        tail.durable = tail.place.offset
        return Finding(tail: tail, torn: size - tail.place.position)
    }

    /// Throws if what ends at the tail is less than what was acknowledged.
    private func requireMarked(_ tail: LaneTail, size: Int, broken reason: String? = nil) throws(MessageLogError) {
        let marked = mark.segment == base ? mark.position : SegmentHeader.length
        if tail.place.position < marked {
            guard let reason, size >= marked else {
                throw .lostTail(file: path, mark: mark.head, found: tail.place.offset)
            }
            throw .corrupt(file: path, at: tail.place.position, reason: reason)
        }
        guard let reason else { return }
        if try isFollowedByLaterBatch(tail.place, size: size) {
            throw .corrupt(file: path, at: tail.place.position, reason: reason)
        }
    }

    /// Whether a batch behind the break was written when what is broken was durable: then it is damage, not a torn
    /// write.
    private func isFollowedByLaterBatch(_ place: SegmentCursor.Place, size: Int) throws(MessageLogError) -> Bool {
        let file = file
        let rest = try logged { () throws(FileError) in
            try file.bytes(at: place.position, count: size - place.position)
        }
        return rest.withUnsafeBytes { bytes in
            var position = 1
            while position + BatchHeader.length <= bytes.count {
                if bytes.isBatch(at: position, beyond: place.offset) { return true }
                position += 1
            }
            return false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a whole batch begins here that says that more than `offset` was durable when it was written.
    fileprivate func isBatch(at position: Int, beyond offset: Offset) -> Bool {
        let length = Int(number(at: position + 4, as: UInt32.self))
        guard length >= BatchHeader.length, length <= count - position else { return false }
        let header = BatchHeader(part(position..<position + BatchHeader.length))
        guard header.durable > offset, header.base >= header.durable, header.count <= length else { return false }
        return header.matches(part(position..<position + length))
    }
}
