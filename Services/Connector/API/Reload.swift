import Glibc
import HTTPTypes
import ServiceKit

/// Has the service begin anew with the configuration as it is now: it ends, and whoever supervises it starts it again.
struct Reload: Sendable {
    /// Whether somebody starts it again.
    let isSupervised: Bool
    /// Throws what would keep it from starting.
    let check: @Sendable () throws -> Void

    /// Begins the end of the service; what is under way is finished first.
    func begin() throws(APIError) {
        guard isSupervised else {
            throw APIError(
                .conflict,
                code: "not_supervised",
                message: "Nobody would start this service again; restart it by what runs it."
            )
        }
        do {
            try check()
        } catch {
            throw .badRequest("invalid_configuration", "\(error)")
        }
        kill(getpid(), SIGTERM)
    }
}
