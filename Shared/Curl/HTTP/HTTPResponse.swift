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
