/// A body's pieces as they arrive; they can be gone through once.
public struct HTTPChunks: AsyncSequence, Sendable {
    let reader: ByteChannel.Reader

    /// Takes the pieces one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: ByteChannel.Reader

        /// The next piece, or `nil` at the end.
        public mutating func next() async throws -> [UInt8]? {
            try await reader.next()
        }
    }

    /// The one iterator there is.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(reader: reader)
    }
}

/// A body's lines as they arrive; they can be gone through once.
public struct HTTPLines: AsyncSequence, Sendable {
    let chunks: HTTPChunks
    let limit: Int

    /// Takes the lines one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var chunks: HTTPChunks.AsyncIterator
        private var splitter: LineSplitter
        private var isOver = false

        init(chunks: HTTPChunks.AsyncIterator, limit: Int) {
            self.chunks = chunks
            splitter = LineSplitter(limit: limit)
        }

        /// The next line, or `nil` at the end.
        public mutating func next() async throws -> String? {
            while true {
                if let line = splitter.next() { return line }
                guard !isOver else { return nil }
                guard let chunk = try await chunks.next() else {
                    isOver = true
                    return splitter.rest()
                }
                try splitter.add(chunk)
            }
        }
    }

    /// The one iterator there is.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: chunks.makeAsyncIterator(), limit: limit)
    }
}

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
