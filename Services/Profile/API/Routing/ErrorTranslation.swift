import Events
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import NIOCore
import ServiceKit
import Store

extension APIError {
    /// What a caller is told about an error; what is no fault of the caller goes to the log as well.
    init(translating error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as QueryError: self = .badRequest(error.code, error.description)
        case let error as MessageLogError: self = APIError(answering: error) ?? .unexpected(error)
        case is CancellationError: self = .stopping
        case StoreError.notCopied:
            self = APIError(.notImplemented, code: "not_copied", message: StoreError.notCopied.description)
        case _ where SQLFailure.isFull(error): self = .storeFull
        default: self = .unexpected(error)
        }
    }

    private static func unexpected(_ error: any Error) -> APIError {
        Logger.current.error(
            "A request failed unexpectedly",
            metadata: ["error": "\(SQLFailure.description(of: error))"]
        )
        return APIError(.internalServerError, code: "internal", message: "Something went wrong on our side.")
    }
}

extension Endpoint.Dialect {
    /// The error in the shape that this dialect's clients expect.
    func error(_ error: APIError) -> any Error & HTTPResponseError {
        switch self {
        case .kith: error
        case .segment: SegmentError(error)
        }
    }
}

/// An error as the Segment Profile API has it.
struct SegmentError: Error, HTTPResponseError, Equatable {
    let cause: APIError

    init(_ cause: APIError) {
        self.cause = cause
    }

    var status: HTTPResponse.Status { cause.status }

    /// The documented word for the kind of refusal.
    var code: String {
        switch cause.status {
        case .unauthorized, .forbidden: "authentication_error"
        case .notFound: "not_found"
        case .tooManyRequests: "rate_limit_error"
        case .badRequest where cause.code == "invalid_parameter": "validation_error"
        case let status where status.kind == .serverError: "server_error"
        default: "invalid_request_error"
        }
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body = JSONWriter.object { writer in
            writer.object("error") { writer in
                writer.field("code", code)
                writer.field("message", cause.message)
            }
        }
        var response = Response.json(body, status: status)
        response.headers.append(contentsOf: cause.headers)
        return response
    }
}
