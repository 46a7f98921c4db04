import HTTPTypes
import Hummingbird
import Topics

/// Gives every answer a `Request-Id`, and forbids that personal data is cached or taken for something else.
struct AnswerHeaders<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        if let name = HTTPField.Name("Request-Id") {
            response.headers[name] = TraceContext.current?.traceID ?? context.id
        }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }
}
