public import ArgumentParser
public import Logging

/// The options that every service has, on its command line or as `KITH_…` in the environment.
public struct ServiceOptions: ParsableArguments, Sendable {
    /// The data directory: the embedded log and the stores.
    @Option(help: "The data directory (KITH_DATA).")
    public var data: String = Environment["KITH_DATA"] ?? ".kith"

    /// The NATS servers that keep the log, also in a file that `KITH_LOG_FILE` names; by default it lies in the data directory.
    @Option(help: "Keep the log on NATS: nats://HOST:PORT,HOST:PORT?replicas=3; else in the data directory (KITH_LOG).")
    public var log: String?

    /// The name under which this process owns its lanes on the log; by default the service's name.
    @Option(help: "This instance's name; one running process per name (KITH_INSTANCE).")
    public var instance: String?

    /// The name of the processes that share one store and its work; by default this instance's own, which is then alone.
    @Option(help: "The group of processes of its kind that this one shares its work with (KITH_GROUP).")
    public var group: String?

    /// The address that the HTTP server listens on.
    @Option(help: "The address to listen on (KITH_HOST).")
    public var host: String = Environment["KITH_HOST"] ?? "127.0.0.1"

    /// The port that the HTTP server listens on; 0 chooses a free one, `nil` is the service's own.
    @Option(help: "The port to listen on; 0 chooses a free one (KITH_PORT).")
    public var port: Int?

    /// A file to write the bound port to, once the server listens.
    @Option(help: "A file to write the port to, once the server listens.")
    public var portFile: String?

    /// The configuration file for sources, destinations and rules; by default `kith.yaml` in the data directory.
    @Option(help: "The configuration file; by default kith.yaml in the data directory (KITH_CONFIG).")
    public var config: String?

    /// The size at which the log begins another file.
    @Option(help: "The size of the log's files, from 64KiB to 1GiB (KITH_SEGMENT_SIZE).")
    public var segmentSize = Environment["KITH_SEGMENT_SIZE"].flatMap { ByteCount($0) } ?? ByteCount(bytes: 64 << 20)

    /// The least severe level that is logged.
    @Option(help: "trace, debug, info, notice, warning, error or critical (KITH_LOG_LEVEL).")
    public var logLevel: Logger.Level = Environment["KITH_LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) } ?? .info

    /// How long the service goes on as before once it is to stop, while it already says that it is not ready.
    @Option(help: "Seconds to serve on after a signal, for load balancers to notice; up to 60 (KITH_DRAIN_SECONDS).")
    public var drainSeconds = Environment["KITH_DRAIN_SECONDS"].flatMap { Int($0) } ?? 0

    /// Stop when standard input ends: the parent process is gone.
    @Flag(help: "Stop when standard input ends, because the parent process has gone.")
    public var supervised = false

    /// Ask the running service whether it is ready, and exit with 0 or 1.
    @Flag(help: "Ask the running service on this host and port whether it is ready; exits with 0 or 1.")
    public var healthCheck = false

    /// Creates the options with their defaults.
    public init() {}

    /// The variables of which not every value makes sense, and what does.
    private static let values: [(variable: String, meaning: String, isRight: @Sendable (String) -> Bool)] = [
        ("KITH_PORT", "a port from 0 to 65535", { UInt16($0) != nil }),
        ("KITH_SEGMENT_SIZE", "a size such as 64MiB", { ByteCount($0) != nil }),
        ("KITH_LOG_LEVEL", "a level from trace to critical, such as info", { Logger.Level(rawValue: $0) != nil }),
        ("KITH_DRAIN_SECONDS", "a number of seconds", { Int($0) != nil }),
    ]

    /// Refuses what no service can run with.
    public func validate() throws {
        for (variable, meaning, isRight) in Self.values {
            guard let value = Environment[variable], !isRight(value) else { continue }
            throw ValidationError("\(variable) must be \(meaning), not “\(value)”.")
        }
        if let port, UInt16(exactly: port) == nil {
            throw ValidationError("There is no port \(port); give --port from 0 to 65535.")
        }
        guard (64 << 10...1 << 30).contains(segmentSize.bytes) else {
            throw ValidationError("The size of the log's files must be from 64KiB to 1GiB, not \(segmentSize).")
        }
        guard (0...60).contains(drainSeconds) else {
            throw ValidationError("It can serve on for 0 to 60 seconds, not \(drainSeconds).")
        }
        _ = try logLocation
        try UnfinishedRestore.refuse(in: data)
    }

    /// Where the log is kept.
    public var logLocation: LogLocation {
        get throws { try LogLocation(log ?? Environment.secret("KITH_LOG"), directory: logDirectory) }
    }

    /// Where the embedded log lies.
    public var logDirectory: String { "\(data)/log" }

    /// The configuration file's path.
    public var configPath: String { config ?? Environment["KITH_CONFIG"] ?? "\(data)/kith.yaml" }
}

// swift-format-ignore: AvoidRetroactiveConformances
extension Logger.Level: @retroactive ExpressibleByArgument {}
