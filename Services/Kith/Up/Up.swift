import ArgumentParser
import Glibc
import Logging
import ServiceKit

/// Starts the four services on this machine and keeps them running.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start everything on this machine, in one data directory.",
        discussion: """
            Starts the four services with the embedded log and stores, restarts what dies, and stops all of them on \
            Ctrl-C. A second start goes on where the first one stopped. The services' own logs are in DIR/logs.
            """
    )

    @Option(help: ArgumentHelp("The data directory (KITH_DATA).", valueName: "dir"), completion: .directory)
    var data: String = InstanceOptions.defaultDirectory

    @Option(
        help: ArgumentHelp(
            "A file for scripts: URLs and keys as JSON, there from when all is ready until it stops.",
            valueName: "file"
        )
    )
    var readyFile: String?

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The first of four ports in a row; 0 takes any free ones.")
    var port = 8080

    @Option(
        help: ArgumentHelp("The configuration file; by default kith.yaml in the data directory.", valueName: "file")
    )
    var config: String?

    @Option(
        help: ArgumentHelp("The identity rules; by default identity.yaml in the data directory.", valueName: "file")
    )
    var identity: String?

    @Option(help: "How much the services log.")
    var logLevel = Logger.Level.info

    @Flag(help: "Load the sample customers when the data directory is new.")
    var sample = false

    func run() async throws {
        ChildProcess.keepOpenFilesToOurselves()
        for file in [config, identity].compactMap(\.self) where !Files.exists(file) {
            throw CommandError(.usage, "There is no file \(file).")
        }
        let programs = try Programs()
        let isNew = !Files.exists(DataDirectory(data).keysFile)
        let directory = try DataDirectory(data).prepared()
        try await DirectoryLock.held(on: directory) { try await start(in: directory, programs, isNew: isNew) }
    }

    private func start(in directory: DataDirectory, _ programs: Programs, isNew: Bool) async throws {
        // What an earlier start has left, which was killed, is not of this one.
        for file in [directory.readyFile, readyFile].compactMap(\.self) { Files.remove(file) }
        try directory.refuseUnfinishedRestore()
        await Leftovers(directory: directory).cleared()
        let lifeLine = try LifeLine()
        let plan = Supervisor.Plan(
            directory: directory,
            programs: programs,
            host: host,
            ports: try PortPlan(first: port).checked(on: host),
            keys: try InstanceKeys.loadOrMake(at: directory.keysFile),
            config: config.map { Files.absolute($0) },
            identity: identity.map { Files.absolute($0) },
            logLevel: logLevel.rawValue,
            standardInput: lifeLine.readingEnd
        )
        try await UpSession(
            plan: plan,
            readyFile: readyFile,
            loadsSample: sample && (isNew || directory.hasUnfinishedSample)
        ).run()
        _ = consume lifeLine
    }
}

extension DataDirectory {
    /// A sample that an earlier start began to load.
    fileprivate var hasUnfinishedSample: Bool {
        Files.exists(sampleDirectory) && !Files.exists(sampleMark)
    }
}
