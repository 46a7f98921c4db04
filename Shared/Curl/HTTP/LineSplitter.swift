/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var buffer: [UInt8] = []
    private var start = 0
    /// Up to here there is no line's end.
    private var searched = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func add(_ chunk: [UInt8]) throws(CurlError) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        buffer += chunk
        guard searched <= limit else { throw .tooLarge(limit: limit) }
    }

    mutating func next() -> String? {
        guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = buffer.count
            return nil
        }
        defer {
            start = end + 1
            searched = start
        }
        return text(buffer[start..<end])
    }

    /// What came after the last line's end.
    mutating func rest() -> String? {
        defer { start = buffer.count }
        return start < buffer.count ? text(buffer[start...]) : nil
    }

    private func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
}
