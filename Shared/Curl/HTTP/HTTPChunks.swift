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
