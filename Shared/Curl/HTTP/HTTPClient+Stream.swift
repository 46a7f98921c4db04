extension HTTPClient {
    /// The answer's body, piece by piece as it arrives.
    ///
    /// - A status other than 200 to 299 throws ``CurlError/status(_:body:)``.
    /// - The request's deadline is the longest silence; the stream as a whole may go on for ever.
    /// - What the reader does not take holds up the sender; nothing piles up. Leaving the loop ends the transfer.
    public func chunks(of request: HTTPRequest) -> HTTPChunks {
        let channel = ByteChannel()
        let reader = ByteChannel.Reader(channel)
        threads.run { channel.finish(with: Result { () throws(CurlError) in try stream(request, into: channel) }) }
        return HTTPChunks(reader: reader)
    }

    /// The answer's body, line by line, for NDJSON and server-sent events; as ``chunks(of:)`` otherwise.
    ///
    /// A line ends with LF or CRLF, which is not part of it; one longer than `limit` throws ``CurlError/tooLarge(limit:)``.
    public func lines(of request: HTTPRequest, limit: Int = 16 << 20) -> HTTPLines {
        HTTPLines(chunks: chunks(of: request), limit: limit)
    }

    private func stream(_ request: HTTPRequest, into channel: ByteChannel) throws(CurlError) {
        let collector = ResponseCollector(limit: request.responseLimit, excess: .truncate)
        let transfer = Transfer(policy: options.addresses, cancellation: channel.cancellation)
        transfer.onHeader = { [unowned transfer] line in collector.take(header: line, in: transfer) }
        transfer.onBody = { [unowned transfer] bytes in
            guard collector.response.isSuccess else { return collector.take(body: bytes, in: transfer) }
            guard channel.put(Array(bytes)) else {
                transfer.stopped = .cancelled
                return false
            }
            return true
        }
        let server = try request.checkedServer()
        do throws(CurlError) {
            try handles.withHandle(for: server) { handle throws(CurlError) in
                handle.prepare(silence: request.deadline)
                try perform(request, on: handle, transfer)
            }
        } catch {
            guard collector.response.isTruncated else { throw error }
        }
        guard collector.response.isSuccess else {
            throw .status(collector.response.status, body: collector.response.text)
        }
    }
}
