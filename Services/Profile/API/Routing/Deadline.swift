import HTTPTypes
import ServiceKit

/// Runs the body and gives up on it, cancelling it, when it takes longer than this.
///
/// What it has done all the same is its answer: a client that was told to come again would have it done twice.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    guard let value = try await within(limit, body) else { throw APIError.tookTooLong(limit) }
    return value
}

extension APIError {
    static func tookTooLong(_ limit: Duration) -> APIError {
        .busy(
            .serviceUnavailable,
            code: "deadline_exceeded",
            message: "The request took longer than \(limit.components.seconds) seconds; ask for less.",
            retryAfter: 1
        )
    }
}
