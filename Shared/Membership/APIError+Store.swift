import Logging
public import ServiceKit
import Store

extension APIError {
    /// What a caller is told about any error of a service that has a store.
    public static func ofService(_ error: any Error) -> APIError {
        SQLFailure.isFull(error) ? .storeFull : APIError(answering: error, logger: .current)
    }
}
