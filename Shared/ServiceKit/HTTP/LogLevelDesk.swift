public import Events
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// How much a running service logs, asked and told by `GET`, `PUT` and `DELETE /v1/log-level`.
///
/// It takes an admin key, and is audited.
public struct LogLevelDesk: Sendable {
    /// Where it is.
    public static let path = "/v1/log-level"
    /// What the body of a `PUT` may have.
    public static let fields = ["level", "for"]

    private let service: String
    private let threshold: LogThreshold
    private let clock: @Sendable () -> Timestamp

    /// The desk of a service.
    public init(
        service: String,
        threshold: LogThreshold = .shared,
        clock: @escaping @Sendable () -> Timestamp = SystemClock.now
    ) {
        self.service = service
        self.threshold = threshold
        self.clock = clock
    }

    /// Adds the three routes.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>, trail: AuditTrail) {
        for method: HTTPRequest.Method in [.get, .put, .delete] {
            router.on(RouterPath(Self.path), method: method) { request, _ in
                try await answer(request, trail: trail)
            }
        }
    }

    /// Answers a request for ``path``.
    public func answer(_ request: Request, trail: AuditTrail) async throws -> Response {
        switch request.method {
        case .get: try await trail.administration("log-level.get", request) { shown() }
        case .put:
            try await trail.administration("log-level.set", request) { try changed(by: try await json(of: request)) }
        case .delete: try await trail.administration("log-level.reset", request) { restored() }
        default: throw APIError(.methodNotAllowed, code: "method_not_allowed", message: "Use GET, PUT or DELETE.")
        }
    }

    /// Answers what holds.
    public func shown() -> Administered {
        Administered(subject: service, response: .json(body))
    }

    /// Puts a level in place, as `{"level": "debug", "for": "10m"}` says, once that is written down.
    public func changed(by wish: JSONView) throws(APIError) -> Administered {
        let exception = try exception(of: wish)
        let period = wish["for"]?.string.map { " for \($0)" } ?? ""
        return Administered(subject: "\(service): \(exception.level)\(period)", records: [], status: .ok) {
            threshold.except(exception)
            return .json(body)
        }
    }

    /// Puts the configured level in place, once that is written down.
    public func restored() -> Administered {
        Administered(subject: service, records: [], status: .ok) {
            threshold.except(nil)
            return .json(body)
        }
    }

    private func exception(of wish: JSONView) throws(APIError) -> LogThreshold.Exception {
        guard wish.kind == .object else { throw .badRequest("invalid_body", "The body must be a JSON object.") }
        for (key, _) in wish.members where !Self.fields.contains(key) {
            throw .badRequest(
                "unknown_field",
                "“\(key)” is not a field here; known are \(Self.fields.joined(separator: ", "))."
            )
        }
        guard let level = wish["level"]?.string.flatMap({ Logger.Level(rawValue: $0) }) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest("invalid_field", "“level” must be one of \(levels).")
        }
        guard let period = wish["for"] else { return LogThreshold.Exception(level) }
        guard let text = period.string, Self.isPeriod(text), let period = Period(text) else {
            throw .badRequest("invalid_field", "“for” must be a length of time such as 90s, 10m or 2h.")
        }
        return LogThreshold.Exception(level, until: clock().advanced(by: period))
    }

    /// A number without a sign or zeros before it, and a unit, as the API is described.
    private static func isPeriod(_ text: String) -> Bool {
        let digits = text.utf8.dropLast()
        return (1...5).contains(digits.count) && digits.first != UInt8(ascii: "0")
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private var body: [UInt8] {
        let exception = threshold.exception
        return JSONWriter.object { writer in
            writer.field("service", service)
            writer.field("level", threshold.level.rawValue)
            writer.field("configured", threshold.configured.rawValue)
            if let until = exception?.until { writer.field("until", until) }
        }
    }

    private func json(of request: Request) async throws -> JSONView {
        let bytes = try await request.bytes(upTo: 4096)
        do throws(JSONError) {
            return try JSONDocument(bytes).root
        } catch {
            throw APIError.badRequest("invalid_json", "The body is not valid JSON: \(error)")
        }
    }
}
