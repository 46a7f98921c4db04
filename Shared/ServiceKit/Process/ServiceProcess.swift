import Glibc
public import Hummingbird
import HummingbirdCore
public import Logging
public import MessageLog
import NIOCore
public import ServiceLifecycle
import UnixSignals

/// One running service: its options, its logger, its readiness and its place in the process.
public struct ServiceProcess: Sendable {
    /// The service's name, such as `ingest`.
    public let name: String
    /// What the command line and the environment say.
    public let options: ServiceOptions
    /// The service's logger.
    public let logger: Logger
    /// What the service still waits for.
    public let readiness: Readiness
    private let defaultPort: Int

    /// Prepares the process: the logs and metrics systems are set up here, once.
    public init(name: String, options: ServiceOptions, defaultPort: Int) {
        self.name = name
        self.options = options
        self.defaultPort = defaultPort
        readiness = Readiness()
        logger = bootstrap(service: name, level: options.logLevel)
    }

    /// The name under which this process owns its lanes.
    public var instance: String { options.instance ?? Environment["KITH_INSTANCE"] ?? name }

    /// The name that all processes share which do the same work on the same store; by default the instance's own.
    public var group: String { options.group ?? Environment["KITH_GROUP"] ?? instance }

    /// The port to listen on.
    public var port: Int { options.port ?? Environment["KITH_PORT"].flatMap { Int($0) } ?? defaultPort }

    /// Answers `--health-check` and leaves the process when it was given.
    public func answerHealthCheck() {
        guard options.healthCheck else { return }
        exit(HealthProbe.isReady(host: options.host, port: port) ? EXIT_SUCCESS : EXIT_FAILURE)
    }

    /// Opens the log, with this instance's lanes, or those of another name that is this process's own.
    public func openLog(as name: String? = nil) async throws -> any MessageLog {
        try await options.logLocation.open(producer: name ?? instance, files: logFiles)
    }

    /// Opens the log with the lanes of another instance, which must have ended, or of the group.
    ///
    /// - Parameter succeeds: Whether it is this process's turn to have them, whoever else still does.
    public func openLog(of instance: String, succeeds: Bool = false) async throws -> any MessageLog {
        try await options.logLocation.open(producer: instance, succeeds: succeeds, files: logFiles)
    }

    private var logFiles: EmbeddedLogOptions {
        var files = EmbeddedLogOptions()
        files.segmentBytes = options.segmentSize.bytes
        files.onRecovery = { [logger] recovery in
            logger.notice(
                "Repaired a partition's end after a crash",
                metadata: [
                    "log.partition": "\(recovery.partition)", "log.records": "\(recovery.recordsRecovered)",
                    "log.cut_bytes": "\(recovery.bytesCut)",
                ]
            )
        }
        return files
    }

    /// Opens the log once more, to be read only.
    public func openReader() async throws -> any MessageLog {
        try await options.logLocation.open(producer: nil)
    }

    /// Runs the services in order and the HTTP server last, until a signal, the parent's end or a failure stops them in reverse order.
    ///
    /// First it is no longer ready, then its requests are answered, then the services end what they are at. After 8.5 seconds,
    /// not counting `--drain-seconds`, what still runs is cancelled, and after 9.5 the process ends, whatever it waits for: nothing that
    /// was acknowledged is lost by that.
    ///
    /// A failed sync of the log ends the process at once, and the next start goes to a new segment.
    public func run<Context: RequestContext>(
        log: some MessageLog,
        services: [any Service],
        router: Router<Context>
    ) async throws where Context: InitializableFromSource<ApplicationRequestContextSource> {
        BackupStaging.removeAbandoned(in: options.data)
        let end = ProcessEnd(logger: logger)
        let server = BoundedServer(server: makeServer(router: router), patience: .seconds(3)) {
            await log.dismissWaiting()
        }
        var all: [any Service] = [LogGuard(log: log, end: end, logger: logger)] + services + [server]
        if options.supervised { all.append(ParentWatch()) }
        let drain = Duration.seconds(options.drainSeconds)
        all.append(Farewell(readiness: readiness, drain: drain, end: end))
        var configuration = ServiceGroupConfiguration(
            services: all.map { service in
                .init(
                    service: Stopping(service: service, readiness: readiness),
                    successTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = drain + ProcessEnd.patience
        let group = ServiceGroup(configuration: configuration)
        defer { logger.info("Stopped") }
        do {
            try await withLogger(logger) { _ in try await group.run() }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PortInUse(host: options.host, port: port)
        }
    }

    private func makeServer<Context: RequestContext>(router: Router<Context>) -> some Service
    where Context: InitializableFromSource<ApplicationRequestContextSource> {
        Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: port),
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    OpenFiles.connections(of: OpenFiles.raiseLimit())
                )
            ),
            onServerRunning: { channel in announce(channel.localAddress?.port ?? port) },
            logger: logger
        )
    }

    private func announce(_ port: Int) {
        logger.info("Listening", metadata: ["http.host": "\(options.host)", "http.port": "\(port)"])
        readiness.set("http", true)
        guard let file = options.portFile else { return }
        if !writeWhole("\(port)\n", to: file) {
            logger.error("Could not write the port file", metadata: ["file.path": "\(file)"])
        }
    }
}

/// Something else listens where this service is to.
private struct PortInUse: Error, CustomStringConvertible {
    let host: String
    let port: Int

    var description: String { "Port \(port) of \(host) is in use; stop what uses it, or choose another with --port." }
}

/// Writes the text to a file that appears whole or not at all.
private func writeWhole(_ text: String, to path: String) -> Bool {
    let draft = path + ".new"
    guard let file = fopen(draft, "w") else { return false }
    let written = fputs(text, file) >= 0
    return fclose(file) == 0 && written && rename(draft, path) == 0
}

/// Ends the process at once when the log can take no more appends: what was acknowledged is durable, and nothing more can be.
///
/// It closes the log when nobody is left who uses it, or there is no more time for them.
private struct LogGuard<Log: MessageLog>: Service {
    let log: Log
    let end: ProcessEnd
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do throws(MessageLogError) {
                try await log.failure()
            } catch {
                logger.critical("The log failed; stopping", metadata: ["error": "\(error)"])
                endProcess(with: EX_IOERR)
            }
        }
        // By a task of its own: this one may be cancelled, and closing waits for what is under way.
        await Task { await log.close(by: end.logDeadline) }.value
    }
}

/// Ends the process when its parent does: standard input is a pipe that the parent holds open.
private struct ParentWatch: Service {
    func run() async throws {
        await cancelWhenGracefulShutdown {
            let (ended, signal) = AsyncStream<Void>.makeStream()
            callAtEndOfInput { signal.finish() }
            for await _ in ended {}
        }
    }
}
