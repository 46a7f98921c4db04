import ArgumentParser
import Events
import Identity
import MessageLog
import ServiceKit
import Store

/// `profile`, which resolves who is who, and answers what is known of them.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Resolves events into profiles, and serves the query and administration API."
    )

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        let process = ServiceProcess(name: "profile", options: options, defaultPort: 8081)
        process.answerHealthCheck()
        let log = try process.openLog()
        let store = try Store(path: "\(options.data)/profile.sqlite", migrations: Schema.migrations)
        let hash = try KeyedHash(of: store)
        let rules = Rules()
        let consumer = try makeConsumer(process, log: log, store: store, rules: rules, hash: hash)
        try await InitialKeys.grant(on: log, at: SystemClock.now())
        let keys = KeyRing(log: log, readiness: process.readiness)
        let lookup = ProfileLookup(rules: rules, hashes: hash)
        let api = ProfileAPI(store: store.reader, lookup: lookup, log: log, keys: keys, readiness: process.readiness)
        try await process.run(log: log, services: [keys, consumer] + api.services, router: api.makeRouter())
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
