import HTTPTypes
public import Hummingbird
import Logging
import Topics

/// Gives every request an id that goes with whatever comes of it, and measures how long its answer takes.
///
/// The id is the trace id of a `traceparent` that the request carries, or a new one. The answer names it as `X-Request-Id`, log
/// lines as `trace.id`, and ``Topics/TraceContext/current`` has it while the request is handled.
///
/// No answer to a HEAD has a body, whoever made it.
public struct RequestMiddleware<Context: RequestContext>: RouterMiddleware {
    private let meter: RequestMeter

    /// Creates the middleware of a service; it belongs first.
    public init(service: String) {
        meter = RequestMeter(service: service)
    }

    /// Hands the request on under its id.
    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let trace = request.headers[.traceparent].flatMap { TraceContext($0)?.child() } ?? .random()
        var response = try await TraceContext.$current.withValue(trace) {
            try await withLogger(mergingMetadata: ["trace.id": "\(trace.traceID)"]) { _ in
                try await next(request, context)
            }
        }
        // Else its body would be taken for the next answer on the connection.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = trace.traceID
        response.headers[.traceparent] = trace.description
        meter.note(request.method, context.endpointPath, response.status, ContinuousClock.now - start)
        return response
    }
}

extension HTTPField.Name {
    /// The trace that a request belongs to.
    public static let traceparent = literal("traceparent")
    /// A request's id, for people who ask about it.
    public static let requestID = literal("X-Request-Id")
}
