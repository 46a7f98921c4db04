import CCurl

/// An HTTP client on libcurl.
///
/// - Every request has one deadline as a whole and a limit on what is read of the answer.
/// - Redirects are answers like any other; they are not followed. No proxy and no password is taken from the environment.
/// - Connections are kept and used again. Copies of a client share them, and share its threads.
/// - Cancelling the task ends the transfer, within about a second.
public struct HTTPClient: Sendable {
    /// What a client may do.
    public struct Options: Sendable {
        /// Which addresses may be connected to.
        public var addresses: AddressPolicy
        /// A file of certificate authorities to trust in place of the system's.
        public var authorities: String?
        /// How many requests may be under way at once; the others wait, within their deadlines.
        public var concurrency: Int

        /// Options of their parts.
        public init(addresses: AddressPolicy = .any, authorities: String? = nil, concurrency: Int = 16) {
            self.addresses = addresses
            self.authorities = authorities
            self.concurrency = concurrency
        }
    }

    let options: Options
    let threads: BlockingThreads
    let handles: HandlePool

    /// Creates a client with connections of its own.
    public init(_ options: Options = Options()) {
        self.options = options
        threads = BlockingThreads(limit: options.concurrency)
        handles = HandlePool(limit: options.concurrency)
    }

    /// Sends the request and returns the answer, whatever its status.
    public func send(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
        let start = ContinuousClock.now
        return try await threads.call { cancellation in
            Result { () throws(CurlError) in
                try exchange(request, until: start + request.deadline, cancellation)
            }
        }
    }

    private func exchange(
        _ request: HTTPRequest,
        until end: ContinuousClock.Instant,
        _ cancellation: Cancellation
    ) throws(CurlError) -> HTTPResponse {
        let collector = ResponseCollector(limit: request.responseLimit, excess: request.excess)
        let transfer = Transfer(policy: options.addresses, cancellation: cancellation)
        transfer.onHeader = { [unowned transfer] line in collector.take(header: line, in: transfer) }
        transfer.onBody = { [unowned transfer] bytes in collector.take(body: bytes, in: transfer) }
        let server = try request.checkedServer()
        do throws(CurlError) {
            try handles.withHandle(for: server) { handle throws(CurlError) in
                try handle.prepare(remaining: end - .now)
                try perform(request, on: handle, transfer)
            }
        } catch {
            guard collector.response.isTruncated else { throw error }
        }
        return collector.response
    }

    /// Runs the request on a handle that is prepared.
    func perform(
        _ request: HTTPRequest,
        on handle: borrowing EasyHandle,
        _ transfer: Transfer
    ) throws(CurlError) {
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_URL, request.url)
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        if request.isOnce {
            handle.set(CURLOPT_FRESH_CONNECT, 1)
            // Else libcurl would keep up to five of them open, which the next such request does not use either.
            handle.set(CURLOPT_FORBID_REUSE, 1)
        }
        handle.verifyPeer(authorities: options.authorities)
        let headers = TextList(request.headerLines)
        kith_curl_set_list(handle.pointer, CURLOPT_HTTPHEADER, headers.pointer)
        defer { kith_curl_set_list(handle.pointer, CURLOPT_HTTPHEADER, nil) }
        request.setMethod(on: handle)
        try transfer.perform(on: handle)
    }
}

extension HTTPRequest {
    fileprivate func setMethod(on handle: borrowing EasyHandle) {
        switch method {
        case "GET" where body.isEmpty: handle.set(CURLOPT_HTTPGET, 1)
        case "HEAD": handle.set(CURLOPT_NOBODY, 1)
        default:
            handle.set(CURLOPT_POST, 1)
            handle.set(CURLOPT_CUSTOMREQUEST, method)
            handle.copyBody(body)
        }
    }
}
