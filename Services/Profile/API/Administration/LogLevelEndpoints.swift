import HTTPTypes
import ServiceKit

extension ProfileAPI {
    /// How much this service logs.
    var logLevelEndpoints: [Endpoint] {
        let desk = LogLevelDesk(service: "profile")
        return [
            Endpoint(
                method: .get,
                path: LogLevelDesk.path,
                name: "getLogLevel",
                summary: "How much this service logs; the other services have the same operation.",
                scope: .admin,
                answer: .json("LogLevel", "The level that holds."),
                action: .administration("log-level.get") { _ in desk.shown() }
            ),
            Endpoint(
                method: .put,
                path: LogLevelDesk.path,
                name: "setLogLevel",
                summary: "Log more or less, for so long or until the next start.",
                scope: .admin,
                body: "LogLevelWish",
                answer: .json("LogLevel", "The level that holds from now on."),
                action: .administration("log-level.set") { call in
                    try desk.changed(by: try await call.object(LogLevelDesk.fields))
                }
            ),
            Endpoint(
                method: .delete,
                path: LogLevelDesk.path,
                name: "resetLogLevel",
                summary: "Log what the configuration says again.",
                scope: .admin,
                answer: .json("LogLevel", "The level that holds from now on."),
                action: .administration("log-level.reset") { _ in desk.restored() }
            ),
        ]
    }
}
