import Events
import HTTPTypes
public import Hummingbird
import NIOCore

extension Router {
    /// Adds `GET /health` (the process lives), `/ready` (it can do its work) and `/metrics`.
    ///
    /// - Parameter measurements: What is measured whenever somebody asks for the metrics.
    public func addOperationRoutes(
        readiness: Readiness,
        registry: PrometheusRegistry = .shared,
        measuring measurements: [Measurement] = []
    ) {
        get("/health") { _, _ in Response.json(Array(#"{"status":"ok"}"#.utf8)) }
        get("/ready") { _, _ in readinessResponse(readiness) }
        get("/metrics") { _, _ in
            await withDiscardingTaskGroup { group in
                for measurement in measurements { group.addTask { await measurement(registry) } }
            }
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: registry.exposition()))
            )
        }
    }
}

private func readinessResponse(_ readiness: Readiness) -> Response {
    let isReady = readiness.isReady
    let body = JSONWriter.object { writer in
        writer.field("status", isReady ? "ready" : readiness.isStopping ? "stopping" : "starting")
        writer.array("waitingFor", of: readiness.missing)
    }
    return .json(body, status: isReady ? .ok : .serviceUnavailable)
}
