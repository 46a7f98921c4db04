import Events
import HTTPTypes
import Hummingbird
import Logging
import ServiceKit
import Topics

/// The HTTP front door: from a request to its answer.
///
/// Every path is answered here, so that every answer, also a refusal, lets browsers read it and has the same shape.
struct Door: Sendable {
    let limits: Limits
    let keys: Keys
    let appender: EventAppender
    let budget: BodyBudget
    let metrics: IngestMetrics
    let script: Script

    /// Answers a request.
    func respond(to request: Request, logger: Logger) async -> Response {
        var response: Response
        do {
            response = try await answer(request)
        } catch {
            response = refusal(for: error, logger: logger)
        }
        CrossOrigin.permit(request, &response.headers)
        metrics.count(status: response.status.code)
        return response
    }

    private func answer(_ request: Request) async throws -> Response {
        guard let route = Route(path: request.uri.path) else { throw APIError.nothingHere }
        switch request.method {
        case .options: return CrossOrigin.preflight(request)
        case .get, .head, .post: break
        default: throw APIError(.methodNotAllowed, code: "method_not_allowed", message: "Use GET, POST or OPTIONS.")
        }
        let visit = Visit(request, keys: keys)
        switch route {
        case .events(let path): return try await takeEvents(visit, path: path)
        case .webhook: return try await takeWebhook(visit)
        // Who only looks whether the image is there has not opened what it stands in.
        case .pixel where request.method == .head: return FixedAnswers.image().createHeadResponse()
        case .pixel(let call): return try await takePixel(visit, call: call)
        case .settings(let key): return try settings(visit, key: key)
        case .sourceConfig: return try sourceConfig(visit)
        case .script: return script.response(ifNoneMatch: request.headers[.ifNoneMatch])
        case .flags: return .json(FixedAnswers.flags)
        case .remoteConfig: return .json(FixedAnswers.remoteConfig)
        case .remoteScript: return FixedAnswers.remoteScript()
        case .ignored: return .json(FixedAnswers.ignored)
        }
    }

    private func settings(_ visit: Visit, key: String) throws(APIError) -> Response {
        guard visit.presented.writer(behind: key) != nil else {
            throw keys.refusal("The write key is wrong or revoked.")
        }
        return .json(FixedAnswers.settings(key: key, host: visit.request.head.authority))
    }

    private func sourceConfig(_ visit: Visit) throws(APIError) -> Response {
        guard let key = visit.presented.writer else { throw visit.keyError }
        return .json(FixedAnswers.sourceConfig(of: key.source, key: visit.presented.secrets.first ?? ""))
    }

    private func refusal(for error: any Error, logger: Logger) -> Response {
        let refusal: APIError
        if let error = error as? APIError {
            refusal = error
        } else {
            logger.warning("A request failed unexpectedly", metadata: ["error": "\(error)"])
            refusal = APIError(.internalServerError, code: "internal", message: "Something went wrong on our side.")
        }
        var response = Response.json(refusal.body, status: refusal.status)
        response.headers.append(contentsOf: refusal.headers)
        // What such a client still sends is not worth waiting for.
        return refusal.status == .requestTimeout ? response.closingConnection() : response
    }
}

/// One request, with what is read from it before its body.
struct Visit: Sendable {
    let request: Request
    let receivedAt = SystemClock.now()
    /// What the events of the request go back to.
    let trace = TraceContext.current ?? .random()
    let query: Query?
    var presented: PresentedKeys

    init(_ request: Request, keys: Keys) {
        self.request = request
        query = request.uri.query.map { Query($0) }
        presented = PresentedKeys(headers: request.headers, query: query, keys: keys)
    }

    /// When the request was sent, where its headers or query say so: PostHog's Capture V1, and its browser library's `_`.
    var sentAt: Timestamp? {
        if let text = request.headers[.posthogTimestamp] { return Timestamp(text) }
        guard let text = query?["sent_at"] ?? query?["_"] else { return nil }
        if let milliseconds = Int64(text), (1...253_402_300_799_999).contains(milliseconds) {
            return Timestamp(microseconds: milliseconds * 1000)
        }
        return Timestamp(text)
    }

    /// The client's name and version.
    var library: String? { request.headers[.posthogLibrary] ?? request.headers[.userAgent] }

    /// Why no key of the request is good.
    var keyError: APIError {
        if presented.hasOther { return .forbidden(needs: GrantedKey.Scope.write.rawValue) }
        return presented.secrets.isEmpty
            ? .unauthorized("The request has no write key.") : presented.refusal("The write key is wrong or revoked.")
    }
}

extension HTTPField.Name {
    fileprivate static let posthogLibrary = literal("PostHog-Sdk-Info")
    fileprivate static let posthogTimestamp = literal("PostHog-Request-Timestamp")
}
