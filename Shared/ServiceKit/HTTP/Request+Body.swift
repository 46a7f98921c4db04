public import Hummingbird
import NIOCore

extension Request {
    /// The whole body; refused when it has more bytes than that, or the connection breaks.
    public func bytes(upTo limit: Int) async throws -> [UInt8] {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw APIError(.contentTooLarge, code: "body_too_large", message: "The body exceeds \(limit) bytes.")
        } catch {
            try Task.checkCancellation()
            throw APIError.bodyCutShort
        }
        // Cancelled because the service stops, the body seems to end where reading ended.
        try Task.checkCancellation()
        return Array(buffer.readableBytesView)
    }
}
