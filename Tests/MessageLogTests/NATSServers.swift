import Foundation
import Glibc

@testable import MessageLog

/// NATS servers of a test's own, one or a cluster; they end and their files go when this does, or the process.
final class NATSServers: Sendable {
    /// Where the log finds them.
    let address: String
    let directory: String
    private let handles: [FileHandle]

    /// The log on them, with time for servers that stand still for a while: shorter times are for tests of what happens then.
    var options: NATSLogOptions? {
        var options = NATSLogOptions(address: address)
        options?.patience = .seconds(120)
        options?.lease = .seconds(60)
        return options
    }

    /// Starts so many servers, and waits until each takes connections, and until several have agreed on who is in charge.
    ///
    /// - Parameters:
    ///   - room: How many bytes each may store.
    ///   - payload: How many a message may have.
    ///   - keepsStreams: Whether there is anybody in charge of streams.
    init(_ count: Int, room: Int? = nil, payload: Int = 8 << 20, keepsStreams: Bool = true) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nats-\(UUID())").path
        directory = folder
        let (clients, routes) = (
            try (0..<count).map { _ in try Self.freePort() }, try (0..<count).map { _ in try Self.freePort() }
        )
        handles = try clients.indices.map { number in
            let home = "\(folder)/\(number)"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            var text = Self.configuration(number, clients[number], routes, payload)
            if keepsStreams { text += Self.streams(in: home, room) }
            try text.write(toFile: "\(home)/nats.conf", atomically: true, encoding: .utf8)
            return try Self.start(home)
        }
        address =
            "nats://" + clients.map { "127.0.0.1:\($0)" }.joined(separator: ",") + (count > 1 ? "?replicas=3" : "")
        for port in clients { try await Self.wait(for: port) }
        if count > 1 { try await awaitAgreement() }
    }

    /// On a busy machine that takes them longer than the log has patience.
    private func awaitAgreement() async throws {
        let servers = NATSLogOptions(address: address)?.servers ?? []
        let connection = try await NATSConnection.connect(to: servers, name: "test", patience: .seconds(120))
        let jetStream = JetStream(connection: connection, patience: .seconds(120))
        _ = try await jetStream.call("STREAM.NAMES", [String: String](), StreamNamesAnswer.self)
        await connection.close()
    }

    /// Stops all of them in the middle of whatever they do; their connections stay, and nobody answers.
    func stall() async throws {
        let servers = try deliver(SIGSTOP)
        // A server goes on until one of its threads has had the time to see the signal.
        while !servers.allSatisfy(Self.isStopped) { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Lets them go on.
    func resume() throws { _ = try deliver(SIGCONT) }

    /// Sends a signal to all of them; returns which processes they are.
    private func deliver(_ number: Int32) throws -> [pid_t] {
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
        return processes.filter { process in
            let command = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
            return command.contains("\0-c\0\(directory)/") && kill(process, number) == 0
        }
    }

    /// Whether no thread of a process runs any more.
    private static func isStopped(_ process: pid_t) -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.allSatisfy { thread in
            let status = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/stat", encoding: .utf8)
            // The state stands behind the name, which is in brackets.
            return status?.split(separator: ")").last?.hasPrefix(" T ") ?? true
        }
    }

    deinit {
        for handle in handles { try? handle.close() }
    }

    private static func configuration(
        _ number: Int,
        _ port: UInt16,
        _ routes: [UInt16],
        _ payload: Int
    ) -> String {
        var lines = [
            "server_name: n\(number)", "listen: \"127.0.0.1:\(port)\"", "max_payload: \(payload)",
        ]
        if routes.count > 1 {
            let others = routes.map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
            lines.append("cluster { name: kith, listen: \"127.0.0.1:\(routes[number])\", routes: [\(others)] }")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func streams(in home: String, _ room: Int?) -> String {
        let limit = room.map { ", max_file_store: \($0)" } ?? ""
        return "jetstream { store_dir: \"\(home)/store\"\(limit) }\n"
    }

    /// A server that ends when the handle is closed, as it is when this process ends, however it does.
    private static func start(_ home: String) throws -> FileHandle {
        let (process, input) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            "exec 3<&0; \"$1\" -c \"$0/nats.conf\" >\"$0/log\" 2>&1 3<&- & cat <&3 >/dev/null; kill -9 $!; rm -rf \"$0\"",
            home, ProcessInfo.processInfo.environment["NATS_SERVER"] ?? "nats-server",
        ]
        process.standardInput = input
        try process.run()
        return input.fileHandleForWriting
    }

    /// A port that for a minute nobody else is given: what keeps it is a connection that this side has ended.
    ///
    /// A server may listen there all the same, as servers do to be started again at once.
    private static func freePort() throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        var isReused: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        let isBound = withAddress(of: 0) { bind(listener, $0, $1) == 0 && listen(listener, 1) == 0 }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        let port = try Self.port(of: listener)
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(client) }
        guard withAddress(of: port, { connect(client, $0, $1) == 0 }) else { throw POSIXError(.ECONNREFUSED) }
        Glibc.close(accept(listener, nil, nil))
        var byte: UInt8 = 0
        _ = read(client, &byte, 1)
        return port
    }

    private static func port(of listener: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) == 0 }
        }
        guard isKnown else { throw POSIXError(.EADDRNOTAVAIL) }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func withAddress(
        of port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func wait(for port: UInt16) async throws {
        for _ in 0..<6000 {
            if isOpen(port) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw POSIXError(.ECONNREFUSED)
    }

    private static func isOpen(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        return withAddress(of: port) { connect(descriptor, $0, $1) == 0 }
    }
}
