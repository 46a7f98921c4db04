import Events
import HTTPTypes
import Hummingbird
import ServiceKit
import Topics

/// `GET /v1/status`: the rules that hold, why they are not those of the file if that was refused, and what waits to be published.
struct StatusRoute: Sendable {
    let trail: AuditTrail
    let rules: RulesFile
    let store: NotifierStore

    func add(to router: Router<BasicRequestContext>) {
        router.get("/v1/status") { request, _ in try await answer(request) }
    }

    private func answer(_ request: Request) async throws -> Response {
        try await trail.administration("notifier.status", request) {
            Administered(subject: "notifier", response: .json(try await body()))
        }
    }

    private func body() async throws -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("service", "notifier")
        writer.field("outbox", try await store.waiting())
        writer.key("rules")
        writer.beginArray()
        for rule in rules.book.rules { rule.write(to: &writer) }
        writer.endArray()
        if let problem = rules.problem { writer.field("rulesProblem", problem) }
        writer.endObject()
        return writer.bytes
    }
}

extension Rule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("name", name)
        switch trigger {
        case .event(let name): writer.field("event", name)
        case .firstSeen: writer.field("firstSeen", true)
        }
        writer.field("destination", destination)
        writer.endObject()
    }
}
