import Hummingbird
public import Logging
public import MessageLog

extension APIError {
    /// What a caller is told about any error; one that nobody expected is logged, and its cause told to nobody.
    public init(answering error: any Error, logger: Logger) {
        switch error {
        case let error as APIError: self = error
        case let error as MessageLogError:
            self = APIError(answering: error) ?? Self.unexpected(error, logger: logger)
        case is CancellationError: self = .stopping
        case let error as any HTTPResponseError: self.init(translating: error)
        default: self = Self.unexpected(error, logger: logger)
        }
    }

    /// What a caller is told whom the log’s state or limits refuse; `nil` when it is no state to be told of.
    public init?(answering error: MessageLogError) {
        switch error {
        case .overloaded:
            self = .busy(.tooManyRequests, code: "overloaded", message: error.description, retryAfter: 1)
        case .full: self = .busy(.serviceUnavailable, code: "log_full", message: error.description, retryAfter: 5)
        case .unavailable:
            // The description names servers; callers need not know them.
            let message = "The log cannot be reached; try again later."
            self = .busy(.serviceUnavailable, code: "log_unavailable", message: message, retryAfter: 5)
        case .closed, .cancelled: self = .stopping
        case .recordTooLarge:
            self = APIError(.contentTooLarge, code: "record_too_large", message: error.description)
        default: return nil
        }
    }

    /// The service is about to end.
    public static var stopping: APIError {
        .busy(.serviceUnavailable, code: "stopping", message: "The service is stopping; try again.", retryAfter: 1)
    }

    /// The service's store has no room.
    public static var storeFull: APIError {
        let message = "The store has no room; nothing was changed. Try again later."
        return .busy(.serviceUnavailable, code: "store_full", message: message, retryAfter: 30)
    }

    private static func unexpected(_ error: any Error, logger: Logger) -> APIError {
        logger.error("A request failed unexpectedly", metadata: ["error": "\(error)"])
        return APIError(.internalServerError, code: "internal", message: "Something went wrong on our side.")
    }

    private init(translating error: any HTTPResponseError) {
        let message = (error as? HTTPError)?.body
        switch error.status {
        case .notFound:
            self = message.map { .notFound($0) } ?? .nothingHere
        case .contentTooLarge:
            self = APIError(error.status, code: "body_too_large", message: message ?? "The body is too large.")
        default:
            self = APIError(
                error.status,
                code: "http_\(error.status.code)",
                message: message ?? error.status.reasonPhrase
            )
        }
    }
}
