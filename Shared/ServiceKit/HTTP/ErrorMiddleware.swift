import HTTPTypes
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
            return try apiError(for: error, context: context).response(from: request, context: context)
        }
    }

    private func apiError(for error: any Error, context: Context) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as any HTTPResponseError: return translated(error)
        default:
            context.logger.error("A request failed unexpectedly", metadata: ["error": "\(error)"])
            return APIError(.internalServerError, code: "internal", message: "Something went wrong on our side.")
        }
    }

    private func translated(_ error: any HTTPResponseError) -> APIError {
        let message = (error as? HTTPError)?.body
        switch error.status {
        case .notFound:
            return .notFound(message ?? "There is nothing at this address.")
        case .contentTooLarge:
            return APIError(error.status, code: "body_too_large", message: message ?? "The body is too large.")
        default:
            return APIError(
                error.status,
                code: "http_\(error.status.code)",
                message: message ?? error.status.reasonPhrase
            )
        }
    }
}
