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
        try trail.requireReader(request)
        return .json(try await body())
    }

    private func body() async throws -> [UInt8] {
        let waiting = try await store.waiting()
        return JSONWriter.object { writer in
            writer.field("service", "notifier")
            writer.field("outbox", waiting)
            writer.objects("rules", of: rules.book.rules) { $0.write(to: &$1) }
            if let problem = rules.problem { writer.field("rulesProblem", problem) }
        }
    }
}

extension Rule {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.field("name", name)
        switch trigger {
        case .event(let name): writer.field("event", name)
        case .firstSeen: writer.field("firstSeen", true)
        }
        writer.field("destination", destination)
    }
}
