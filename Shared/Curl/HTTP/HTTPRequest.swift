/// An HTTP request and what bounds it.
public struct HTTPRequest: Sendable {
    /// What to do when the answer has more bytes than the limit.
    public enum Excess: Sendable {
        /// Throw ``CurlError/tooLarge(limit:)``.
        case fail
        /// Stop reading, and say so in ``HTTPResponse/isTruncated``.
        case truncate
    }

    /// Such as `GET`.
    public var method: String
    /// An `http` or `https` address, without a user name in it.
    public var url: String
    /// In the order they are sent; names may repeat.
    public var headers: [HTTPHeader]
    /// Sent when not empty.
    public var body: [UInt8]
    /// For the whole request: the wait for a thread, the name's resolution, and the answer's last byte.
    public var deadline: Duration
    /// The most bytes of the answer's body that are kept.
    public var responseLimit: Int
    /// What to do with more.
    public var excess: Excess
    /// Whether it may reach the server once only: on a connection that was kept, libcurl sends again what it gets no answer to.
    public var isOnce: Bool

    /// A request of its parts.
    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        deadline: Duration = .seconds(30),
        responseLimit: Int = 64 * 1024,
        excess: Excess = .fail,
        isOnce: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.responseLimit = responseLimit
        self.excess = excess
        self.isOnce = isOnce
    }
}
