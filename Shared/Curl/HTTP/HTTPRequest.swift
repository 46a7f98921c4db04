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

    /// A request of its parts.
    public init(
        method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        deadline: Duration = .seconds(30),
        responseLimit: Int = 64 * 1024,
        excess: Excess = .fail
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.responseLimit = responseLimit
        self.excess = excess
    }
}

/// A header of a request or an answer.
public struct HTTPHeader: Sendable, Equatable {
    /// Its name; upper and lower case do not matter.
    public var name: String
    /// Its value, without white space around it.
    public var value: String

    /// A header of its parts.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a server answered, whatever the status.
public struct HTTPResponse: Sendable, Equatable {
    /// Such as 200.
    public var status: Int
    /// In the order they came.
    public var headers: [HTTPHeader]
    /// As it came: nothing is decompressed.
    public var body: [UInt8]
    /// Whether there was more than ``HTTPRequest/responseLimit``.
    public var isTruncated = false

    /// A response of its parts.
    public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is 200 to 299.
    public var isSuccess: Bool { (200...299).contains(status) }

    /// The body as text; what is not UTF-8 is replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of this name.
    public subscript(header name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
