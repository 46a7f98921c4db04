import Events
import HTTPTypes
import Hummingbird
import MessageLog
import ServiceKit
import Store
import Topics

/// Puts the endpoints on a router, and takes each request through the same steps: key, address, parameters, action, audit.
struct Dispatcher: Sendable {
    let keys: KeyRing
    let limits: APILimits
    let clock: @Sendable () -> Timestamp
    private let trail: AuditTrail

    init(api: ProfileAPI) {
        keys = api.keys
        limits = api.limits
        clock = api.clock
        trail = AuditTrail(
            log: api.log,
            keys: api.keys,
            refusals: RefusalMeter(perMinute: api.limits.refusalsPerMinute),
            translate: { APIError(translating: $0) }
        )
    }

    /// Adds a route for each endpoint, and one that refuses for each other method of its path.
    func add(_ endpoints: [Endpoint], to router: Router<some RequestContext>) {
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                try await answer(request, context: context, as: endpoint)
            }
        }
        for (path, group) in Dictionary(grouping: endpoints, by: \.path) {
            refuseOtherMethods(than: Set(group.map(\.method)), at: path, on: router)
        }
        for (path, _) in OpenAPIDocument.operationPaths { refuseOtherMethods(than: [.get], at: path, on: router) }
    }

    private func refuseOtherMethods(
        than methods: Set<HTTPRequest.Method>,
        at path: String,
        on router: Router<some RequestContext>
    ) {
        let allowed = methods.contains(.get) ? methods.union([.head]) : methods
        let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        let refusal = APIError(
            .methodNotAllowed,
            code: "method_not_allowed",
            message: "Allowed here: \(list).",
            headers: [.allow: list]
        )
        for method in Self.methods where !allowed.contains(method) {
            router.on(RouterPath(path), method: method) { _, _ -> Response in throw refusal }
        }
    }

    private static let methods: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        + [HTTPRequest.Method("QUERY")].compactMap { $0 }

    // MARK: - The steps

    private func answer(
        _ request: Request,
        context: some RequestContext,
        as endpoint: Endpoint
    ) async throws -> Response {
        do {
            let key = endpoint.scope == .open ? nil : try admittedKey(of: request)
            guard endpoint.scope.allows(key) else { return try await refuse(request, key: key, as: endpoint) }
            return try await perform(endpoint, key: key, on: request, context.parameters)
        } catch {
            let error = endpoint.dialect.error(APIError(translating: error))
            return try error.response(from: request, context: context)
        }
    }

    /// The key that the request presents; of those that are presented one must be good.
    private func admittedKey(of request: Request) throws(APIError) -> GrantedKey? {
        if let key = keys.check(request.headers) { return key }
        guard PresentedKey.find(in: request.headers) == nil else { throw keys.refusal() }
        return nil
    }

    private func refuse(_ request: Request, key: GrantedKey?, as endpoint: Endpoint) async throws -> Response {
        guard let key else { throw APIError.unauthorized() }
        if let name = endpoint.auditName {
            try await trail.refuse(AuditTrail.Deed(name, by: key, on: endpoint.subject(of: request)), at: clock())
        }
        throw APIError.forbidden(needs: endpoint.scope.rawValue)
    }

    private func perform(
        _ endpoint: Endpoint,
        key: GrantedKey?,
        on request: Request,
        _ parameters: Parameters
    ) async throws -> Response {
        switch endpoint.action {
        case .query(let action):
            let call = try makeCall(request, parameters, as: endpoint, key: key)
            return try await limited(endpoint) { try await action(call) }
        case .administration(let name, let action):
            guard let key else { throw APIError.unauthorized() }
            return try await trail.following(
                AuditTrail.Deed(name, by: key, on: endpoint.subject(of: request)),
                at: clock()
            ) {
                let call = try makeCall(request, parameters, as: endpoint, key: key)
                return try await limited(endpoint) { try await action(call) }
            }
        }
    }

    private func makeCall(
        _ request: Request,
        _ parameters: Parameters,
        as endpoint: Endpoint,
        key: GrantedKey?
    ) throws -> Call {
        Call(
            request: request,
            path: try decodedPath(parameters, of: endpoint),
            query: try Query(parsing: request.uri.query, as: endpoint.query, lenient: endpoint.dialect == .segment),
            key: key,
            limits: limits,
            now: clock()
        )
    }

    private func decodedPath(_ parameters: Parameters, of endpoint: Endpoint) throws(APIError) -> [String: String] {
        var path: [String: String] = [:]
        for parameter in endpoint.pathParameters {
            guard let text = PercentEncoding.decode(parameters.get(parameter.name) ?? "") else {
                throw .badRequest(
                    "invalid_path",
                    "The part “\(parameter.name)” of the path is not percent-encoded UTF-8."
                )
            }
            path[parameter.name] = text
        }
        return path
    }

    private func limited<Value: Sendable>(
        _ endpoint: Endpoint,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        endpoint.isStream ? try await body() : try await withDeadline(limits.deadline, body)
    }
}

extension Endpoint.Scope {
    /// Whether a caller with this key, or with none, may call.
    func allows(_ key: GrantedKey?) -> Bool {
        switch (self, key?.scope) {
        case (.open, _): true
        case (.read, .read?), (.read, .admin?), (.admin, .admin?): true
        default: false
        }
    }
}
