public import Foundation
import PostgreSQL

/// A PostgreSQL of the test's own in a new folder, reached by a socket in it.
///
/// It does not run as root, so that it is started as the user `postgres` then.
public final class PostgreSQLCluster {
    /// Where everything of it lies.
    public let folder: URL
    private var server: Process?

    /// Makes one; it is not started yet.
    public init() throws {
        folder = URL(filePath: "/tmp/kith-postgresql-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if geteuid() == 0 { try Self.finish(Self.start("/usr/bin/chown", ["postgres:", folder.path])) }
        try run(
            "initdb",
            ["--pgdata", data, "--username", "owner", "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
        )
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    private var data: String { folder.appending(path: "data").path }

    /// How it is reached.
    public var address: String { "host=\(folder.path) user=owner dbname=postgres" }

    /// Starts the server and returns once it answers.
    ///
    /// It is a child of this process: what `pg_ctl` leaves running keeps Foundation waiting for `pg_ctl`.
    public func start() async throws {
        let options = [
            "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories=\(folder.path)", "-c", "fsync=off",
            "-c",
            "shared_buffers=16MB",
        ]
        let command = try command("postgres", options)
        server = try Self.start(command[0], Array(command.dropFirst()))
        let client = PostgreSQLClient(try PostgreSQLOptions(address))
        for _ in 0..<6000 {
            if (try? await client.withConnection { _ in true }) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ClusterError(command: command)
    }

    /// Stops it at once, as if the power had failed.
    public func stop() {
        guard let server else { return }
        kill(server.processIdentifier, SIGQUIT)
        server.waitUntilExit()
        self.server = nil
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let command = try command(program, arguments)
        try Self.finish(Self.start(command[0], Array(command.dropFirst())))
    }

    private func command(_ program: String, _ arguments: [String]) throws -> [String] {
        let user = ["/usr/bin/setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
        return (geteuid() == 0 ? user : []) + ["\(try Self.programs())/\(program)"] + arguments
    }

    /// The newest version's; Debian has each in a folder of its own.
    private static func programs() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap { Int($0) }
        return "\(root)/\(versions.max() ?? 0)/bin"
    }

    private static func start(_ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func finish(_ process: Process) throws {
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ClusterError(command: process.arguments ?? []) }
    }
}

struct ClusterError: Error {
    let command: [String]
}
