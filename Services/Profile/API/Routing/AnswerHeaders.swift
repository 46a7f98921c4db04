import HTTPTypes
import Hummingbird
import ServiceKit
import Topics

/// Gives every answer a `Request-Id`, and forbids that personal data is cached or taken for something else.
///
/// The id is that of `X-Request-Id`, under the name that clients of the Segment Profile API look for.
struct AnswerHeaders<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.segmentRequestID] = TraceContext.current?.traceID ?? context.id
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let segmentRequestID = literal("Request-Id")
}
