import ArgumentParser
import HTTPTypes
import Hummingbird
import Logging
import MessageLog
import ServiceKit

/// `ingest`, the HTTP front door for events.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Takes in events from SDKs, forms, webhooks and pixels."
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions

    static func main() async {
        await runToTheEnd()
    }

    func run() async throws {
        let process = ServiceProcess(name: "ingest", options: options, defaultPort: 8080)
        process.answerHealthCheck()
        let log = try await process.openLog()
        let ring = KeyRing(log: log, readiness: process.readiness)
        let forgetting = try Forgetting(process, log: log, rules: identity.file(in: options.data))
        let reach = LogReach(log: log, readiness: process.readiness)
        let limits = Limits()
        let door = Door(
            limits: limits,
            keys: Keys(ring: ring),
            appender: EventAppender(log: log, gate: forgetting.gate, reach: reach, notice: process.logNotice()),
            budget: BodyBudget(limit: limits.bytesInFlight),
            metrics: IngestMetrics(),
            script: Script()
        )
        let router = process.makeRouter(describing: IngestMetrics.descriptions)
        let trail = AuditTrail(log: log, keys: ring)
        let desk = LogLevelDesk(service: process.name)
        door.addRoutes(to: router) { request in
            guard request.uri.path == LogLevelDesk.path else { return nil }
            return try await desk.answer(request, trail: trail)
        }
        let retired = forgetting.retiredLanes { try await process.openLog(of: $0) }
        try await process.run(
            log: log,
            services: [ring, forgetting.control, forgetting.eraser(), retired, reach],
            router: router
        )
    }
}

extension Door {
    /// Sends every path that is not an operator's through the door.
    ///
    /// - Parameter administration: Answers what is an administrator's; beside a path of its own the router would not find others
    ///   that begin the same.
    fileprivate func addRoutes(
        to router: Router<BasicRequestContext>,
        administration: @escaping @Sendable (Request) async throws -> Response?
    ) {
        for method: HTTPRequest.Method in [.get, .head, .post, .options, .put, .patch, .delete] {
            for path: RouterPath in ["/", "**"] {
                router.on(path, method: method) { request, _ in
                    if let answer = try await administration(request) { return answer }
                    return await respond(to: request, logger: .current)
                }
            }
        }
    }
}
