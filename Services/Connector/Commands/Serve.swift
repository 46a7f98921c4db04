import ArgumentParser
import ConnectorKit
import Logging
import Membership
import MessageLog
import ServiceKit
import ServiceLifecycle

/// Runs sources and destinations.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the sources and destinations of the configuration; what is done without a subcommand."
    )

    @OptionGroup var options: ServiceOptions
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var copying: StoreCopyOptions

    func run() async throws {
        let process = ServiceProcess(name: "connector", options: options, defaultPort: 8082)
        process.answerHealthCheck()
        guard try !process.copyStore(Schema.migrations, as: copying) else { return }
        try await withLogger(process.logger) { _ in try await serve(process) }
    }

    private func serve(_ process: ServiceProcess) async throws {
        let configuration = try ConfigurationFile.read(options.configPath)
        let log = try await process.openLog()
        let (tables, membership) = try await process.openStore(Schema.migrations)
        let store = ConnectorStore(tables, member: membership.member)
        let catalog = Catalog.builtIn(
            manifests: folders.manifests(in: options.data),
            native: { name in
                SourceSurroundings(
                    vault: store.vault(of: name),
                    memory: store.memory(of: name),
                    folder: TapFolders.folder(of: name, in: options.data)
                )
            },
            vault: { store.vault(of: $0) }
        )
        let (sources, destinations) = try configuration.configured(by: catalog)
        try await membership.beating {
            if membership.isShared { try await store.nameOutbox(after: process.group) }
            try await store.recover { topic in try await log.lastSequence(of: topic) }
        }

        let keys = KeyRing(log: log, readiness: process.readiness)
        let forgetting = try Forgetting(process, log: log, rules: identity.file(in: options.data))
        let publisher = Publisher(log: log, store: store, gate: forgetting.gate)
        let outbox = Outbox(store: store, publisher: publisher)
        let runner = SourceRunner(
            store: store,
            publisher: publisher,
            board: SourceBoard(),
            pauses: try await Pauses(store)
        )
        let fleet = SourceFleet(sources: sources, runner: runner, membership: membership)
        let desk = DeliveryDesk(
            destinations: destinations,
            store: store,
            outbox: outbox,
            gate: forgetting.gate,
            membership: membership
        )
        let liaison = Liaison(store: store, fleet: fleet, runner: runner, desk: desk)
        let commands = CommandReader(
            log: log,
            store: store,
            desk: desk,
            consumer: process.group,
            readiness: process.readiness,
            gate: forgetting.gate,
            membership: membership
        )
        let eraser = forgetting.eraser {
            try await store.forget(forgetting.traces(of: $0))
            // What waited behind deliveries that are dropped.
            desk.wakeAll()
        }
        let heir = Heir(
            process,
            membership: membership,
            log: log,
            forgetting: forgetting,
            estate: store.estate(outbox)
        )

        let metrics = ConnectorMetrics(fleet: fleet, runner: runner, desk: desk, store: store)
        let router = process.makeRouter(describing: ConnectorMetrics.descriptions, measuring: metrics.measurements)
        let trail = AuditTrail(log: log, keys: keys)
        let reload = Reload(isSupervised: options.supervised) { [options, folders] in
            let catalog = Catalog.builtIn(manifests: folders.manifests(in: options.data))
            _ = try ConfigurationFile.read(options.configPath).configured(by: catalog)
        }
        process.addDesks(to: router, trail: trail) { try store.copy(to: $0) }
        ConnectorAPI(
            fleet: fleet,
            runner: runner,
            desk: desk,
            liaison: liaison,
            store: store,
            keys: keys,
            trail: trail,
            reload: reload
        )
        .addRoutes(to: router)
        try await process.run(
            log: log,
            services: [
                membership, keys, forgetting.control, publisher, outbox, desk, commands, fleet, liaison, heir, eraser,
            ],
            router: router
        )
    }
}
