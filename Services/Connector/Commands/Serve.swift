import ArgumentParser
import ConnectorKit
import Glibc
import Logging
import Membership
import MessageLog
import ServiceKit

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
        warnOfStrays(process)
        let configuration = try usable(process) { try ConfigurationFile.read(options.configPath) }
        let log = try await process.openLog()
        let (tables, membership) = try await process.openStore(Schema.migrations, log: log) { db in
            try ConnectorStore.lives(in: db)
        }
        let store = ConnectorStore(tables, member: membership.member, room: StoreRoom(try process.storeNotice()))
        let configured = try usable(process) { try configuration.configured(by: catalog(with: store)) }
        try await membership.beating {
            if membership.isShared { try await store.nameOutbox(after: process.group) }
            try await store.recover { topic in try await log.lastSequence(of: topic) }
        }
        let parts = try await ConnectorParts(
            process,
            log: log,
            store: store,
            membership: membership,
            forgetting: Forgetting(process, log: log, rules: identity.file(in: options.data)),
            configured: configured
        )
        let router = parts.makeRouter(reload: reload(from: configuration))
        try await process.run(log: log, services: parts.services, router: router)
    }

    /// Ends the process with the exit code for a wrong configuration when that cannot be used.
    private func usable<Value>(_ process: ServiceProcess, _ read: () throws -> Value) throws -> Value {
        do throws(ConfigurationFileError) {
            return try ConfigurationFile.using(options.configPath, read)
        } catch {
            process.logger.error("The configuration is wrong", metadata: ["error": "\(error)"])
            throw ExitCode(EX_CONFIG)
        }
    }

    /// Names the folders of connectors whose manifest is missing, or is called otherwise.
    private func warnOfStrays(_ process: ServiceProcess) {
        for folder in folders.manifests(in: options.data).strays {
            process.logger.warning(
                "A connector's folder has no manifest.yaml and is ignored",
                metadata: ["connector.folder": "\(folder)"]
            )
        }
    }

    /// The connectors there are, with what each has in the store and on the disk.
    private func catalog(with store: ConnectorStore) -> Catalog {
        let data = options.data
        return Catalog.builtIn(
            manifests: folders.manifests(in: data),
            native: { name in
                SourceSurroundings(
                    vault: store.vault(of: name),
                    memory: store.memory(of: name),
                    folder: TapFolders.folder(of: name, in: data)
                )
            },
            vault: { store.vault(of: $0) }
        )
    }

    private func reload(from held: Configuration) -> Reload {
        Reload(isSupervised: options.supervised) { [options, folders] in
            let catalog = Catalog.builtIn(manifests: folders.manifests(in: options.data))
            try ConfigurationFile.using(options.configPath) {
                _ = try ConfigurationFile.read(options.configPath, inPlaceOf: held).configured(by: catalog)
            }
        }
    }
}
