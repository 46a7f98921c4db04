import Foundation
import TestKit
import Testing

@testable import PostgreSQL

/// One cluster for all of them costs two seconds, one for each would cost twenty.
@Suite("A connection to a real PostgreSQL", .serialized)
struct PostgreSQLConnectionTests {
    @Test("answers, tells what is wrong, stops when it must, and is replaced when it is lost")
    func conversation() async throws {
        let cluster = try PostgreSQLCluster()
        try await cluster.start()
        let client = PostgreSQLClient(try PostgreSQLOptions(cluster.address))
        try await values(client)
        try await errors(client)
        try await transactions(client)
        try await cancellation(client)
        try await lending(cluster.address)
        try await deadline(cluster.address)
        try await silence(client)
        try await restart(client, cluster)
    }

    private func values(_ client: PostgreSQLClient) async throws {
        try await client.withConnection { connection in
            let result = try await connection.query(
                "SELECT $1::int8 AS n, $2 AS t, $3::bytea AS b, $4::jsonb ->> 'x' AS j, NULL AS nothing, '' AS empty",
                ["9007199254740993", .text("it’s \"so\"", .text), .bytes([0, 255]), .text(#"{"x": 2.10}"#, .jsonb)]
            )
            #expect(result.columns == ["n", "t", "b", "j", "nothing", "empty"])
            #expect(
                (0..<6).map { result.text(0, $0) } == ["9007199254740993", "it’s \"so\"", "\\x00ff", "2.10", nil, ""]
            )
            #expect(try await connection.query("SELECT $1::text IS NULL", [PostgreSQLValue(nil)]).text(0, 0) == "t")
            try await connection.query("CREATE TABLE rows AS SELECT n FROM generate_series(1, 100000) AS n")
            #expect(try await connection.query("SELECT n FROM rows").count == 100_000)
            let changed = try await connection.query("UPDATE rows SET n = n + 1 WHERE n <= 10")
            #expect(changed.affected == 10 && changed.tag == "UPDATE 10")
            let name = try await connection.query("SELECT current_setting('application_name')")
            #expect(name.text(0, 0) == "kith")
            // More than the socket takes at once.
            let long = String(repeating: "x", count: 20_000_000)
            #expect(try await connection.query("SELECT length($1)", [.text(long, .text)]).text(0, 0) == "20000000")
        }
    }

    private func errors(_ client: PostgreSQLClient) async throws {
        let wrong: [(String, [PostgreSQLValue], String)] = [
            ("SELECT * FROM nothing", [], "42P01"), ("SELECT 1/0", [], "22012"), ("SELEC", [], "42601"),
            ("SELECT $1", ["a\0b"], "22021"), ("COPY rows TO STDOUT", [], "0A000"), ("SELECT 1; SELECT 2", [], "42601"),
        ]
        for (statement, values, state) in wrong {
            let error = await failure { try await client.withConnection { try await $0.query(statement, values) } }
            #expect(error?.state == state, "\(statement)")
        }
        let other = try PostgreSQLOptions("host=\(PostgreSQLCluster.nowhere) dbname=x password=s3cret")
        let refused = await failure { try await PostgreSQLClient(other).withConnection { _ in } }
        #expect(refused?.kind == .connecting && refused?.state == nil && refused?.isConnectionLost == true)
    }

    private func transactions(_ client: PostgreSQLClient) async throws {
        try await client.withConnection { connection in
            try await connection.query("BEGIN")
            try await connection.query("DELETE FROM rows")
            #expect(try await connection.query("SELECT 1 FROM rows").count == 0)
        }
        // It was given back in the middle of the transaction.
        let count = try await client.withConnection { try await $0.query("SELECT 1 FROM rows").count }
        #expect(count == 100_000)
    }

    private func cancellation(_ client: PostgreSQLClient) async throws {
        let task = Task {
            await failure { try await client.withConnection { try await $0.query("SELECT pg_sleep(60)") } }
        }
        try await isRunning(1, client)
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value?.kind == .cancellation)
        #expect(ContinuousClock.now - start < .seconds(50))
        try await isRunning(0, client)
    }

    /// Waits until so many are asleep on the server.
    private func isRunning(_ count: Int, _ client: PostgreSQLClient) async throws {
        for _ in 0..<9000 {
            let running = try await client.withConnection {
                try await $0.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").count
            }
            if running == count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("There are not \(count) that sleep.")
    }

    private func lending(_ address: String) async throws {
        let client = PostgreSQLClient(try PostgreSQLOptions("\(address) application_name=lending"), lending: 2)
        let most = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await client.withConnection { connection in
                        try await connection.query("SELECT pg_sleep(0.05)")
                        let all = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'lending'"
                        return try await connection.query(all).count
                    }
                }
            }
            return try await group.reduce(0) { max($0, $1) }
        }
        #expect((1...2).contains(most))
    }

    @Test("is waited for while all are lent, in turn, and no longer than its task lives")
    func waiting() async {
        let places = Places(1)
        #expect(await places.take())
        let (first, second) = (Task { await places.take() }, Task { await places.take() })
        first.cancel()
        #expect(await first.value == false)
        places.give()
        #expect(await second.value)
        places.give()
        #expect(await places.take())
    }

    private func deadline(_ address: String) async throws {
        var options = try PostgreSQLOptions(address)
        options.stopping = .seconds(120)
        try await PostgreSQLClient(options).withConnection { connection in
            let error = await failure {
                try await connection.query("SELECT pg_sleep(60)", deadline: .milliseconds(200))
            }
            #expect(error == PostgreSQLError(.deadline, "The statement took longer than it may."))
            let next = try await connection.query("SELECT 1")
            #expect(next.text(0, 0) == "1", "it goes on")
        }
    }

    /// A server that does not even hear that it should stop is like one behind a cut cable.
    private func silence(_ client: PostgreSQLClient) async throws {
        try await client.withConnection { connection in
            let found = try await connection.query("SELECT pg_backend_pid()").text(0, 0)
            let process = try #require(found.flatMap { pid_t($0) })
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            let error = await failure { try await connection.query("SELECT 1", deadline: .milliseconds(100)) }
            #expect(error?.kind == .deadline && error?.isConnectionLost == true)
            let next = await failure { try await connection.query("SELECT 1") }
            #expect(next?.kind == .broken)
        }
    }

    private func restart(_ client: PostgreSQLClient, _ cluster: PostgreSQLCluster) async throws {
        try await client.withConnection { connection in
            cluster.stop()
            let error = await failure { try await connection.query("SELECT 1") }
            #expect(error?.isConnectionLost == true)
        }
        try await cluster.start()
        #expect(try await client.withConnection { try await $0.query("SELECT 1").text(0, 0) } == "1")
    }

    @Test("is given up when nobody answers")
    func unanswered() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return }
            _ = bind(listener, address, length)
            _ = listen(listener, 1)
            _ = getsockname(listener, address, &length)
        }
        let port = UInt16(bigEndian: address.sin_port)
        var options = try PostgreSQLOptions("postgres://ada:s3cret@127.0.0.1:\(port)/shop")
        options.connecting = .milliseconds(200)
        let client = PostgreSQLClient(options)
        let error = await failure { try await client.withConnection { _ in } }
        #expect(error?.kind == .connecting && error?.state == nil)
        options.connecting = .seconds(60)
        let patient = PostgreSQLClient(options)
        let task = Task { await failure { try await patient.withConnection { _ in } } }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(await task.value?.kind == .cancellation)
    }

    private func failure(_ body: () async throws -> some Sendable) async -> PostgreSQLError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? PostgreSQLError
        }
    }
}

extension PostgreSQLCluster {
    /// Where no server has its socket.
    static let nowhere = "/tmp/kith-nobody-is-here"
}
