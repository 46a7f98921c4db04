import ArgumentParser
import Glibc
import Hummingbird
import Logging
import MessageLog
import ServiceKit
import Store

/// `notifier`, which decides what to say to whom, and renders it.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifier",
        abstract: "Renders messages as the rules say, and asks the connector to deliver them.",
        discussion: """
            The rules are the section “rules” of the configuration file. Profiles are read from KITH_PROFILE_URL
            (http://127.0.0.1:8081) with the key KITH_READ_KEY.
            """
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var copying: StoreCopyOptions

    func run() async throws {
        let process = ServiceProcess(name: "notifier", options: options, defaultPort: 8083)
        process.answerHealthCheck()
        guard try !copying.run({ try copyStore(of: process, to: $0) }) else { return }
        let metrics = NotifierMetrics()
        let rules = try readRules(process, metrics)
        let log = try await process.openLog()
        let store = NotifierStore(
            try await StoreLocation.open(
                Environment.secret("KITH_STORE"),
                schema: "kith_\(process.instance)",
                path: "\(options.data)/\(process.instance).sqlite",
                migrations: Schema.migrations
            )
        )
        try await Recovery(log: log, store: store, instance: process.instance).run()
        try await run(process, log: log, store: store, rules: rules, metrics: metrics)
    }

    private func run(
        _ process: ServiceProcess,
        log: any MessageLog,
        store: NotifierStore,
        rules: RulesFile,
        metrics: NotifierMetrics
    ) async throws {
        let keys = KeyRing(log: log, readiness: process.readiness)
        let forgetting = try Forgetting(process, log: log, rules: identity.file(in: options.data))
        let signal = OutboxSignal()
        let handler = TriggerHandler(profiles: profiles, log: log, patience: Patience(logger: process.logger))
        process.readiness.set("store", false)
        let consumer = ChangeConsumer(
            log: log,
            store: store,
            rules: rules,
            handler: handler,
            published: signal,
            name: process.instance,
            readiness: process.readiness,
            logger: process.logger,
            metrics: metrics,
            control: forgetting.control
        )
        let publisher = OutboxPublisher(
            log: log,
            store: store,
            signal: signal,
            logger: process.logger,
            gate: forgetting.gate
        )
        let eraser = forgetting.eraser { try await store.forget(forgetting.traces(of: $0)) }
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: RequestMiddleware(service: process.name))
        router.add(middleware: ErrorMiddleware())
        router.addOperationRoutes(
            readiness: process.readiness,
            measuring: [
                process.commonMeasurement(describing: NotifierMetrics.descriptions), NotifierMetrics.outbox(of: store),
            ]
        )
        let trail = AuditTrail(log: log, keys: keys)
        LogLevelDesk(service: process.name).addRoutes(to: router, trail: trail)
        BackupDesk(data: options.data, file: "\(process.instance).sqlite") { try store.copy(to: $0) }
            .addRoutes(to: router, trail: trail)
        StatusRoute(trail: trail, rules: rules, store: store).add(to: router)
        try await process.run(
            log: log,
            services: [keys, forgetting.control, rules, publisher, consumer, eraser],
            router: router
        )
    }

    private func copyStore(of process: ServiceProcess, to address: String) throws {
        try StoreCopy.run(
            file: "\(options.data)/\(process.instance).sqlite",
            to: address,
            schema: "kith_\(process.instance)",
            migrations: Schema.migrations,
            telling: StoreCopyOptions.tell
        )
    }

    private var profiles: ProfileClient {
        let key = ReadKey(dataDirectory: options.data)
        return ProfileClient(url: Environment["KITH_PROFILE_URL"] ?? "http://127.0.0.1:8081", key: { key.find() })
    }

    /// Ends the process with the exit code for a wrong configuration when the rules cannot be used.
    private func readRules(_ process: ServiceProcess, _ metrics: NotifierMetrics) throws -> RulesFile {
        do throws(RuleError) {
            return try RulesFile(path: options.configPath, logger: process.logger, metrics: metrics)
        } catch {
            process.logger.error("The rules are wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }
}
