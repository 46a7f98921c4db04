public import Hummingbird
import Logging

/// Turns every error into the one shape of ``APIError``; unexpected ones are logged and told to nobody.
public struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    private let translate: @Sendable (any Error) -> APIError

    /// Creates the middleware, which belongs first; `translate` says how an error is answered.
    public init(
        translate: @escaping @Sendable (any Error) -> APIError = { APIError(answering: $0, logger: .current) }
    ) {
        self.translate = translate
    }

    /// Hands the request on, and answers for what it throws.
    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return try translate(error).response(from: request, context: context)
        }
    }
}
