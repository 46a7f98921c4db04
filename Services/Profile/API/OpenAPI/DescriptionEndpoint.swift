import Hummingbird
import ServiceKit

extension ProfileAPI {
    /// The endpoints and, behind them, the one that describes them all.
    func described(_ endpoints: [Endpoint]) -> [Endpoint] {
        let document = OpenAPIDocument.bytes(describing: endpoints + [descriptionEndpoint(document: [])])
        return endpoints + [descriptionEndpoint(document: document)]
    }

    private func descriptionEndpoint(document: [UInt8]) -> Endpoint {
        Endpoint(
            method: .get,
            path: "/openapi.json",
            name: "getDescription",
            summary: "This description.",
            scope: .open,
            answer: .json("Description", "An OpenAPI 3.1 document."),
            action: .query { _ in .json(document) }
        )
    }
}

extension OpenAPIDocument {
    /// The routes that every service has, which are not endpoints of this API.
    static let operationPaths: [(path: String, item: String)] = [
        (
            "/health",
            """
            {"get":{"operationId":"getHealth","summary":"Whether the process lives.","tags":["operation"],"security":[],
            "responses":{"200":{"description":"It does.","content":{"application/json":{"schema":{"type":"object",
            "required":["status"],"properties":{"status":{"type":"string"}}}}}}}}}
            """
        ),
        (
            "/ready",
            """
            {"get":{"operationId":"getReadiness","summary":"Whether the service can do its work.","tags":["operation"],
            "security":[],"responses":{
            "200":{"description":"It can.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Readiness"}}}},
            "503":{"description":"Not yet.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Readiness"}}}}}}}
            """
        ),
        (
            "/metrics",
            """
            {"get":{"operationId":"getMetrics","summary":"Measurements in the Prometheus text format.","tags":["operation"],
            "security":[],"responses":{"200":{"description":"The measurements.",
            "content":{"text/plain":{"schema":{"type":"string"}}}}}}}
            """
        ),
    ]
}
