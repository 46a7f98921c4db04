import Events
public import HTTPTypes
public import Hummingbird
import NIOCore

/// A refusal that says what is wrong and what to do, as `{"code", "message", "detail"}`.
///
/// Older SDKs retry for ever when `code` and `message` are missing, and others read `detail`: every error has all three. Some have
/// lists besides.
public struct APIError: Error, Sendable, Equatable, HTTPResponseError {
    /// The HTTP status.
    public var status: HTTPResponse.Status
    /// A short constant word, such as `invalid_key`.
    public var code: String
    /// One sentence for a person.
    public var message: String
    /// Header fields of the answer.
    public var headers: HTTPFields
    /// What a program may go by to do something else, by the names under which the body has it.
    public var lists: [String: [String]]

    /// Creates an error.
    public init(
        _ status: HTTPResponse.Status,
        code: String,
        message: String,
        headers: HTTPFields = [:],
        lists: [String: [String]] = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.lists = lists
    }

    /// The JSON body.
    public var body: [UInt8] {
        JSONWriter.object { writer in
            writer.field("code", code)
            writer.field("message", message)
            writer.field("detail", message)
            for (name, values) in lists.sorted(by: { $0.key < $1.key }) {
                writer.array(name, of: values)
            }
        }
    }

    /// The answer to send.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = Response.json(body, status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension APIError {
    /// No key, or one that does not exist.
    public static func unauthorized(_ message: String = "The key is missing, wrong or revoked.") -> APIError {
        APIError(
            .unauthorized,
            code: "invalid_key",
            message: message,
            headers: [.wwwAuthenticate: "Bearer realm=\"kith\""]
        )
    }

    /// A good key that may not do this.
    public static func forbidden(needs scope: String) -> APIError {
        APIError(.forbidden, code: "insufficient_scope", message: "This needs a key with the scope “\(scope)”.")
    }

    /// Not all of the body has come, and no more of it will.
    public static var bodyCutShort: APIError {
        .badRequest("body_cut_short", "The connection broke before the body was all there.")
    }

    /// The thing asked for does not exist.
    public static func notFound(_ message: String) -> APIError {
        APIError(.notFound, code: "not_found", message: message)
    }

    /// There is nothing at the address; with a code of its own, so that a wrong server is told from a thing that does not exist.
    public static var nothingHere: APIError {
        APIError(.notFound, code: "no_such_address", message: "There is nothing at this address.")
    }

    /// The request is not what this endpoint understands.
    public static func badRequest(_ code: String, _ message: String) -> APIError {
        APIError(.badRequest, code: code, message: message)
    }

    /// Not now; try again after so many seconds.
    public static func busy(
        _ status: HTTPResponse.Status,
        code: String,
        message: String,
        retryAfter seconds: Int
    ) -> APIError {
        APIError(status, code: code, message: message, headers: [.retryAfter: "\(seconds)"])
    }
}

extension Response {
    /// An answer of JSON bytes.
    public static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
