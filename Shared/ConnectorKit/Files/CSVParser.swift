/// Cuts a stream of bytes into the records of RFC 4180.
///
/// - Fields may be quoted, and then hold delimiters, line ends and doubled quotes. Lines end with LF or CRLF.
/// - A byte order mark at the beginning and empty lines are passed over.
/// - A record that breaks the rules is given as malformed, and reading goes on with the next line. A quote that is never
///   closed costs one line, not the rest of the file: the search for its end stops at the limit.
public struct CSVParser: Sendable {
    private let delimiter: UInt8
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    /// The file's offset of the buffer's first byte.
    private var base: Int64
    private var isOver = false

    /// Creates a parser that begins at an offset of the file, which is 0 or follows a line end.
    public init(delimiter: UInt8 = UInt8(ascii: ","), limit: Int = 1 << 20, offset: Int64 = 0) {
        self.delimiter = delimiter
        self.limit = limit
        base = offset
    }

    /// Takes in the next bytes of the file.
    public mutating func add(_ bytes: some Collection<UInt8>) {
        buffer.removeFirst(start)
        base += Int64(start)
        start = 0
        buffer += bytes
        if base == 0, buffer.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    /// Says that the file has ended, so that the last line need not.
    public mutating func finish() {
        isOver = true
    }

    /// The offset of the file up to which everything has been given.
    public var offset: Int64 { base + Int64(start) }

    /// The next record, or `nil` until more is added.
    public mutating func next() -> CSVRecord? {
        skipEmptyLines()
        guard start < buffer.count else { return nil }
        let scan = buffer.withUnsafeBufferPointer { bytes in
            CSVScan(bytes: bytes, delimiter: delimiter, isOver: isOver).record(at: start)
        }
        switch scan {
        case .record(let record, let end):
            start = end
            return record
        case .malformed(let reason): return skipLine(reason)
        case .incomplete where isOver || buffer.count - start > limit:
            return skipLine("A quoted field is not closed.")
        case .incomplete: return nil
        }
    }

    private mutating func skipEmptyLines() {
        while start < buffer.count {
            if buffer[start] == 10 {
                start += 1
            } else if buffer[start] == 13, start + 1 < buffer.count, buffer[start + 1] == 10 {
                start += 2
            } else {
                return
            }
        }
    }

    /// Gives up the line that the record began on; `nil` while its end has not come.
    private mutating func skipLine(_ reason: String) -> CSVRecord? {
        let end = buffer[start...].firstIndex(of: 10).map { $0 + 1 } ?? buffer.count
        let line = Array(buffer[start..<min(end, start + limit)])
        start = end
        return CSVRecord(bytes: line, ends: [], fault: reason)
    }
}

/// One record: its fields without quotes, or what is wrong with it.
public struct CSVRecord: Sendable, Equatable {
    /// The fields behind each other; of a malformed record its first line.
    public let bytes: [UInt8]
    /// Where each field ends in ``bytes``.
    public let ends: [Int]
    /// Why the record has no fields.
    public let fault: String?

    /// How many fields there are.
    public var count: Int { ends.count }

    /// The field's bytes.
    public subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The fields as texts; what is not UTF-8 is replaced.
    public var texts: [String] {
        ends.indices.map { String(decoding: self[$0], as: UTF8.self) }
    }
}

/// Looks for one record in the bytes there are.
private struct CSVScan {
    enum Outcome {
        /// The record, and the index after its line end.
        case record(CSVRecord, Int)
        case malformed(String)
        case incomplete
    }

    let bytes: UnsafeBufferPointer<UInt8>
    let delimiter: UInt8
    let isOver: Bool

    func record(at start: Int) -> Outcome {
        var content: [UInt8] = []
        var ends: [Int] = []
        var index = start
        while true {
            let isQuoted = index < bytes.count && bytes[index] == UInt8(ascii: "\"")
            let field = isQuoted ? quoted(from: index + 1, into: &content) : plain(from: index, into: &content)
            guard let next = field else { return .incomplete }
            index = next
            ends.append(content.count)
            guard index < bytes.count else {
                return isOver ? .record(CSVRecord(bytes: content, ends: ends, fault: nil), index) : .incomplete
            }
            if bytes[index] == delimiter {
                index += 1
            } else if let end = lineEnd(at: index) {
                return .record(CSVRecord(bytes: content, ends: ends, fault: nil), end)
            } else if bytes[index] == 13, index + 1 == bytes.count, !isOver {
                return .incomplete
            } else {
                return .malformed("There is text after the closing quote of field \(ends.count).")
            }
        }
    }

    /// Copies a plain field and returns the index of what ended it.
    private func plain(from start: Int, into content: inout [UInt8]) -> Int? {
        var index = start
        while index < bytes.count, bytes[index] != delimiter, bytes[index] != 10 {
            index += 1
        }
        guard index < bytes.count || isOver else { return nil }
        let endsWithCR = index > start && bytes[index - 1] == 13 && (index == bytes.count || bytes[index] == 10)
        let end = endsWithCR ? index - 1 : index
        content += bytes[start..<end]
        // The line end begins with the CR.
        return endsWithCR && index < bytes.count ? end : index
    }

    /// Copies a quoted field and returns the index after its closing quote.
    private func quoted(from start: Int, into content: inout [UInt8]) -> Int? {
        var index = start
        var run = start
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            content += bytes[run..<index]
            guard index + 1 < bytes.count else { return isOver ? index + 1 : nil }
            guard bytes[index + 1] == UInt8(ascii: "\"") else { return index + 1 }
            content.append(UInt8(ascii: "\""))
            index += 2
            run = index
        }
        return nil
    }

    private func lineEnd(at index: Int) -> Int? {
        if bytes[index] == 10 { return index + 1 }
        return bytes[index] == 13 && index + 1 < bytes.count && bytes[index + 1] == 10 ? index + 2 : nil
    }
}
