import MessageLog
import TestKit
import Testing

/// One server, or a cluster, for all checks: each has a topic of its own, but all have the same producers.
@Suite("Every log on NATS", .serialized)
struct NATSConformanceTests {
    private static let server = Task { try await NATSServers(1) }
    private static let cluster = Task { try await NATSServers(3) }

    @Test("on one server keeps each promise", arguments: MessageLogConformance.checks)
    func server(_ check: MessageLogConformance.Check) async throws {
        try await run(check, on: try await Self.server.value)
    }

    @Test("on a cluster of three keeps each promise", arguments: MessageLogConformance.checks)
    func cluster(_ check: MessageLogConformance.Check) async throws {
        try await run(check, on: try await Self.cluster.value)
    }

    private func run(_ check: MessageLogConformance.Check, on servers: NATSServers) async throws {
        let options = try #require(servers.options)
        try await MessageLogConformance { try await NATSLog.open(options, producer: $0) }.run(check)
    }
}
