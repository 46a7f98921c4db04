import ArgumentParser
import Glibc
import Logging
import Membership
import ServiceKit

/// `notifier`, which decides what to say to whom, and renders it.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifier",
        abstract: "Renders messages as the rules say, and asks the connector to deliver them.",
        discussion: """
            The rules are the section “rules” of the configuration file. Profiles are read from KITH_PROFILE_URL \
            (http://127.0.0.1:8081) with the key KITH_READ_KEY.
            """
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var copying: StoreCopyOptions

    static func main() async {
        await runToTheEnd()
    }

    func run() async throws {
        let process = ServiceProcess(name: "notifier", options: options, defaultPort: 8083)
        process.answerHealthCheck()
        guard try !process.copyStore(Schema.migrations, as: copying) else { return }
        let metrics = NotifierMetrics()
        let profiles = try profiles()
        let rules = try readRules(process, metrics)
        let log = try await process.openLog()
        let (tables, membership) = try await process.openStore(Schema.migrations, log: log) { db in
            try NotifierStore.positions(in: db).mapValues(\.epoch)
        }
        let store = NotifierStore(tables, member: membership.member, room: StoreRoom(try process.storeNotice()))
        try await membership.beating {
            if membership.isShared { try await store.nameOutbox(after: process.group) }
            try await Recovery(log: log, store: store, consumer: process.group).run()
        }
        let forgetting = try Forgetting(process, log: log, rules: identity.file(in: options.data))
        let parts = NotifierParts(
            process: process,
            log: log,
            store: store,
            membership: membership,
            keys: KeyRing(log: log, readiness: process.readiness),
            forgetting: forgetting,
            rules: rules,
            handler: TriggerHandler(
                profiles: profiles,
                log: log,
                patience: Patience(logger: process.logger),
                rules: { forgetting.identityRules }
            ),
            metrics: metrics,
            notice: process.logNotice()
        )
        process.readiness.set("store", false)
        try await process.run(log: log, services: parts.services, router: parts.makeRouter())
    }

    private func profiles() throws -> ProfileClient {
        let key = try ReadKey(dataDirectory: options.data)
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
