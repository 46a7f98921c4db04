import HTTPTypes
import Metrics
import Synchronization

/// How long answers took, by route, method and class of status: never by anything that a client chooses.
final class RequestMeter: Sendable {
    private struct Kind: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private let name: String
    private let timers = Mutex<[Kind: Metrics.Timer]>([:])
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    init(service: String) {
        name = "kith_\(service)_http_request_seconds"
    }

    func note(_ method: HTTPRequest.Method, _ route: String?, _ status: HTTPResponse.Status, _ duration: Duration) {
        let method = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        let kind = Kind(method: method, route: route ?? "none", status: status.code / 100)
        let timer = timers.withLock { timers in
            if let timer = timers[kind] { return timer }
            let timer = Metrics.Timer(
                label: name,
                dimensions: [("method", kind.method), ("route", kind.route), ("status", "\(kind.status)xx")]
            )
            timers[kind] = timer
            return timer
        }
        timer.record(duration: duration)
    }
}
