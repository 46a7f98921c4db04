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
