import ArgumentParser
import Glibc
import ServiceKit

/// What is done with the stores as a whole.
struct StoreCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Move the stores to a PostgreSQL.",
        subcommands: [Copy.self]
    )
}

extension StoreCommands {
    /// Copies the stores of a data directory.
    struct Copy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the stores of a data directory to a PostgreSQL.",
            discussion: """
                KITH_STORE (or the file that KITH_STORE_FILE names) says which: \
                postgres://user:password@host:port/database. Nothing may run on the data directory meanwhile. Of each \
                service all is copied or nothing, and only where there is nothing yet; the data directory stays as it \
                is. Start the services with the same KITH_STORE afterwards.

                EXAMPLES:
                  KITH_STORE_FILE=secrets/store kith store copy --data .kith
                """
        )

        private static let services = [ServiceName.profile, .connector, .notifier]

        @Option(help: ArgumentHelp("The data directory (KITH_DATA).", valueName: "dir"), completion: .directory)
        var data: String = InstanceOptions.defaultDirectory

        func run() async throws {
            guard try Environment.secret("KITH_STORE") != nil else {
                throw CommandError(
                    .usage,
                    "KITH_STORE does not say where to copy the stores.",
                    remedy: "Set it to postgres://user:password@host:port/database."
                )
            }
            let programs = try Programs(
                Self.services,
                inContainers: "docker compose run --rm --no-deps profile --copy-store, and so on for each service"
            )
            guard Files.exists(data) else { throw CommandError(.notFound, "There is no data directory \(data).") }
            let directory = try DataDirectory(data).prepared()
            try await DirectoryLock.held(on: directory) {
                for service in Self.services {
                    guard service == .profile || Files.exists("\(data)/\(service.rawValue).sqlite") else {
                        Terminal.errors.line("\(service.rawValue) has no store here.")
                        continue
                    }
                    try await copy(service, directory, programs)
                }
            }
            Terminal.errors.line("The stores are copied. Start the services with the same KITH_STORE.")
        }

        private func copy(
            _ service: ServiceName,
            _ directory: DataDirectory,
            _ programs: Programs
        ) async throws(CommandError) {
            Terminal.errors.line("\(service.rawValue)…")
            let process = try ChildProcess(
                Launch(
                    program: programs.path(of: service),
                    arguments: ["--copy-store", "--data", directory.path],
                    environment: ProcessEnvironment.inherited,
                    standardInput: STDIN_FILENO,
                    hasOwnGroup: false
                )
            )
            await process.ended()
            let ending = process.reap()
            guard ending == .exited(0) else {
                throw CommandError(.failure, "The store of \(service.rawValue) was not copied: the program \(ending).")
            }
        }
    }
}
