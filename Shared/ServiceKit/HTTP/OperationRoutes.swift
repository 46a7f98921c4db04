import Events
import HTTPTypes
public import Hummingbird
import NIOCore

extension Router {
    /// Adds `GET /health` (the process lives), `/ready` (it can do its work) and `/metrics`.
    public func addOperationRoutes(readiness: Readiness, registry: PrometheusRegistry = .shared) {
        get("/health") { _, _ in Response.json(Array(#"{"status":"ok"}"#.utf8)) }
        get("/ready") { _, _ in readinessResponse(missing: readiness.missing) }
        get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: registry.exposition()))
            )
        }
    }
}

private func readinessResponse(missing: [String]) -> Response {
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("status", missing.isEmpty ? "ready" : "starting")
    writer.key("waitingFor")
    writer.beginArray()
    for condition in missing { writer.string(condition) }
    writer.endArray()
    writer.endObject()
    return .json(writer.bytes, status: missing.isEmpty ? .ok : .serviceUnavailable)
}
