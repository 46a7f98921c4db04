public import Hummingbird
import Logging

/// Turns every error into the one shape of ``APIError``; unexpected ones are logged and told to nobody.
public struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Creates the middleware; it belongs first.
    public init() {}

    /// Hands the request on, and answers for what it throws.
    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return try APIError(answering: error, logger: .current).response(from: request, context: context)
        }
    }
}
