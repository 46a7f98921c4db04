import ArgumentParser
import Events
import Glibc
import Identity
import Logging
import MessageLog
import ServiceKit
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

    func run() async throws {
        let process = ServiceProcess(name: "profile", options: options, defaultPort: 8081)
        process.answerHealthCheck()
        let log = try process.openLog()
        let keeper = try makeKeeper(process, log: log)
        let store = try Store(path: "\(options.data)/profile.sqlite", migrations: Schema.migrations)
        try await NotedProgress(log: log, consumer: process.instance).correct(to: store)
        let hash = try KeyedHash(of: store)
        let rules = Rules()
        let consumer = try makeConsumer(process, log: log, store: store, rules: rules, hash: hash)
        try await InitialKeys.grant(on: log, at: SystemClock.now())
        let keys = KeyRing(log: log, readiness: process.readiness)
        let lookup = ProfileLookup(
            normalized: { rules.normalized($0.namespace, $0.value) },
            hash: { hash.bytes(of: $0) },
            traitRules: rules.traits
        )
        let api = ProfileAPI(
            store: store.reader,
            lookup: lookup,
            log: log,
            keys: keys,
            readiness: process.readiness,
            retention: { await keeper.plan }
        )
        try await process.run(log: log, services: [keys, consumer, keeper] + api.services, router: api.makeRouter())
    }

    /// Ends the process with the exit code for a wrong configuration when the retention cannot be used.
    private func makeKeeper(_ process: ServiceProcess, log: EmbeddedLog) throws -> RetentionKeeper {
        do throws(RetentionError) {
            return try RetentionKeeper(log: log, path: options.configPath, logger: process.logger)
        } catch {
            process.logger.error("The retention is wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }

    private func makeConsumer(
        _ process: ServiceProcess,
        log: EmbeddedLog,
        store: Store,
        rules: Rules,
        hash: KeyedHash
    ) throws -> EventConsumer {
        var settings = PipelineSettings(rules: rules, hash: hash, markPath: "\(options.data)/profile.inflight")
        settings.trapOn = Environment["KITH_TEST_TRAP_ON"]
        return try EventConsumer(
            log: log,
            store: store,
            settings: settings,
            name: process.instance,
            readiness: process.readiness,
            logger: process.logger
        )
    }
}
