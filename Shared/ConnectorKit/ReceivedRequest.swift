public import Events

/// A request that an outside system sent to a source.
public struct ReceivedRequest: Sendable {
    /// Names in lower case.
    public var headers: [String: String]
    /// The body's exact bytes, which a signature is over.
    public var body: [UInt8]
    /// When it arrived.
    public var now: Timestamp
    /// The method, in upper case.
    public var method: String
    /// The whole address as the sender knows it, which is how the world outside sees ours; empty if that is not known.
    public var url: String
    /// The address's query, decoded; of a name that comes twice the last one.
    public var query: [String: String]

    /// A request of its parts.
    public init(
        headers: [String: String],
        body: [UInt8],
        now: Timestamp,
        method: String = "POST",
        url: String = "",
        query: [String: String] = [:]
    ) {
        self.headers = headers
        self.body = body
        self.now = now
        self.method = method
        self.url = url
        self.query = query
    }
}

/// Why a received request is not taken.
public enum ReceiveRefusal: Error, Equatable, Sendable {
    /// The source does not receive.
    case notReceiving
    /// It receives, but not by GET.
    case onlyByPOST
    /// It cannot be shown who sent it, or when.
    case unverified(WebhookError)
    /// The body is not what it should be.
    case malformed(String)
}
