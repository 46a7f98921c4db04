/// Cuts a stream of bytes into lines.
struct LineSplitter {
    /// A line has more bytes than one may have.
    struct TooLong: Error {
        /// How it begins.
        let start: String
    }

    private let limit: Int
    private var buffer: [UInt8] = []
    /// Where there is certainly no line's end before.
    private var searched = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Adds bytes; returns the lines that are whole now, without their ends and without empty ones.
    mutating func add(_ bytes: UnsafeRawBufferPointer) throws(TooLong) -> [[UInt8]] {
        buffer.append(contentsOf: bytes)
        var lines: [[UInt8]] = []
        var start = 0
        while let end = buffer[max(start, searched)...].firstIndex(of: UInt8(ascii: "\n")) {
            append(buffer[start..<end], to: &lines)
            start = end + 1
            searched = start
        }
        buffer.removeFirst(start)
        searched = buffer.count
        guard buffer.count <= limit else {
            throw TooLong(start: String(decoding: buffer.prefix(80), as: UTF8.self))
        }
        return lines
    }

    /// What came behind the last line's end.
    mutating func rest() -> [[UInt8]] {
        var lines: [[UInt8]] = []
        append(buffer[...], to: &lines)
        buffer = []
        return lines
    }

    private func append(_ line: ArraySlice<UInt8>, to lines: inout [[UInt8]]) {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        if !line.allSatisfy({ $0 == UInt8(ascii: " ") }) { lines.append(Array(line)) }
    }
}
