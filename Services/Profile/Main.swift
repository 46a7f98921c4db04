import ArgumentParser
import Events
import Glibc
import Hummingbird
import Identity
import IdentityRules
import Logging
import MessageLog
import ServiceKit
import ServiceLifecycle
import Store

/// `profile`, which resolves who is who, and answers what is known of them.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Resolves events into profiles, and serves the query and administration API.",
        discussion: "What of the log is kept is the section “retention” of the configuration file."
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var copying: StoreCopyOptions

    func run() async throws {
        let process = ServiceProcess(name: "profile", options: options, defaultPort: 8081)
        process.answerHealthCheck()
        let file = identity.file(in: options.data)
        let rules = try readRules(file, process)
        guard try !copying.run({ try copyStore(madeBy: rules, to: $0) }) else { return }
        let log = try await process.openLog()
        let keeper = try await makeKeeper(process)
        try await InitialKeys.grant(on: log, at: SystemClock.now())
        // Nothing here may hold on to the store: a rebuild puts another in its place.
        let (services, router) = try await assemble(process, log: log, file: file, rules: rules, keeper: keeper)
        try await process.run(log: log, services: services, router: router)
    }

    private func assemble(
        _ process: ServiceProcess,
        log: any MessageLog,
        file: IdentityRulesFile,
        rules: Rules,
        keeper: RetentionKeeper
    ) async throws -> ([any Service], Router<BasicRequestContext>) {
        let address = try Environment.secret("KITH_STORE")
        let places: any StorePlaces =
            address.map { StoreSchemas(address: $0) } ?? StoreFiles(directory: options.data)
        let opened = try places.open(orNewBy: rules)
        warn(of: opened.live.rules.standing(beside: .success(rules)), file, process)
        try await NotedProgress(log: log, consumer: process.instance).correct(to: opened.live.store)
        let inUse = StoreInUse(opened.live.view)
        let inEffect = BookInEffect()
        let suppressionKey = try SuppressionKey.configured(orIn: options.data)
        let forgetting = try Forgetting(process, log: log, rules: file)
        let consumer = try EventConsumer(
            log: log,
            store: opened.live.store,
            settings: settings(opened.live, mark: "profile.inflight", suppressionKey),
            name: process.instance,
            inEffect: inEffect,
            readiness: process.readiness,
            logger: process.logger
        )
        let desk = RebuildDesk { request in try await inUse.view.reader.write { try request.keep(in: $0) } }
        let rebuilder = try Rebuilder(
            log: log,
            places: places,
            opened: opened,
            consumer: consumer,
            inUse: inUse,
            desk: desk,
            settings: settings(opened.live, mark: "profile.rebuild.inflight", suppressionKey),
            logger: process.logger
        )
        let keys = KeyRing(log: log, readiness: process.readiness)
        let api = ProfileAPI(
            store: inUse,
            log: log,
            keys: keys,
            readiness: process.readiness,
            identity: file,
            rebuilds: desk,
            inEffect: inEffect,
            suppressionKey: suppressionKey,
            retention: { await keeper.plan },
            measurements: [process.commonMeasurement(describing: ProfileMetrics.descriptions)]
                + ProfileMetrics(log: log, store: inUse).measurements,
            data: options.data
        )
        let erasures = ErasureKeeper(log: log, control: forgetting.control, logger: process.logger)
        let services: [any Service] = [
            keys, forgetting.control, consumer, rebuilder, keeper, forgetting.eraser(), erasures,
        ]
        return (services + api.services, api.makeRouter())
    }

    private func copyStore(madeBy rules: Rules, to address: String) throws {
        try StoreCopy.run(
            from: StoreFiles(directory: options.data).open(orNewBy: rules).live.store,
            to: StoreSchemas(address: address).open(1, for: .service),
            telling: StoreCopyOptions.tell
        )
    }

    private func settings(_ live: LiveStore, mark: String, _ suppressionKey: SuppressionKey) -> PipelineSettings {
        var settings = PipelineSettings(
            rules: live.rules.rules,
            hash: live.hash,
            markPath: "\(options.data)/\(mark)"
        )
        settings.suppressionKey = suppressionKey
        settings.trapOn = Environment["KITH_TEST_TRAP_ON"]
        return settings
    }

    /// Ends the process with the exit code for a wrong configuration when the retention cannot be used.
    private func makeKeeper(_ process: ServiceProcess) async throws -> RetentionKeeper {
        // Its own access to the log: removing a thousand files takes its time, and nobody else is to wait for that.
        let log = try await process.openReader()
        do throws(RetentionError) {
            return try RetentionKeeper(log: log, path: options.configPath, logger: process.logger)
        } catch {
            process.logger.error("The retention is wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }

    // MARK: - Rules

    /// Ends the process with the exit code for a wrong configuration when the rules cannot be used.
    private func readRules(_ file: IdentityRulesFile, _ process: ServiceProcess) throws -> Rules {
        do throws(IdentityRulesFileError) {
            return try file.rules()
        } catch {
            process.logger.error("The identity rules are wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }

    private func warn(of standing: RulesStanding, _ file: IdentityRulesFile, _ process: ServiceProcess) {
        guard let message = standing.message else { return }
        process.logger.warning(
            "The store goes on with the rules that it was made by",
            metadata: ["identity.file": "\(file.path)", "identity.state": "\(standing.word)", "reason": "\(message)"]
        )
    }
}
