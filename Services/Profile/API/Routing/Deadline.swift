import HTTPTypes
import ServiceKit

/// Runs the body and gives up on it, cancelling it, when it takes longer than this.
///
/// What cannot be broken off is waited for all the same, such as a record on its way to a slow disk; and what it has done then is
/// its answer: a client that was told to come again would have it done twice.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        if let value = try await group.next() ?? nil { return value }
        group.cancelAll()
        let late: Value?? = try? await group.next()
        guard let value = late ?? nil else { throw APIError.tookTooLong(limit) }
        return value
    }
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
