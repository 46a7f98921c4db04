import ArgumentParser
import HTTPTypes
import Hummingbird
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

    func run() async throws {
        let process = ServiceProcess(name: "ingest", options: options, defaultPort: 8080)
        process.answerHealthCheck()
        let log = try await process.openLog()
        let ring = KeyRing(log: log, readiness: process.readiness)
        let forgetting = try Forgetting(process, log: log, rules: identity.file(in: options.data))
        let limits = Limits()
        let door = Door(
            limits: limits,
            keys: Keys(ring: ring),
            appender: EventAppender(log: log, gate: forgetting.gate),
            budget: BodyBudget(limit: limits.bytesInFlight),
            metrics: IngestMetrics(),
            script: Script()
        )
        let router = Router(context: BasicRequestContext.self)
        router.addOperationRoutes(readiness: process.readiness)
        door.addRoutes(to: router)
        try await process.run(log: log, services: [ring, forgetting.control, forgetting.eraser()], router: router)
    }
}

extension Door {
    /// Sends every path that is not an operator's through the door.
    fileprivate func addRoutes(to router: Router<BasicRequestContext>) {
        for method: HTTPRequest.Method in [.get, .head, .post, .options, .put, .patch, .delete] {
            for path: RouterPath in ["/", "**"] {
                router.on(path, method: method) { request, context in
                    await respond(to: request, logger: context.logger)
                }
            }
        }
    }
}
