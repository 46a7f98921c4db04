import Testing

@testable import MessageLog

@Suite("The streams of a log on NATS")
struct NATSStreamsTests {
    @Test("may be made by many at one moment")
    func sameMoment() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        var connections: [NATSConnection] = []
        for number in 0..<16 {
            connections.append(
                try await NATSConnection.connect(to: options.servers, name: "\(number)", patience: .seconds(60))
            )
        }
        let callers = connections.map { JetStream(connection: $0, patience: .seconds(60)) }
        for round in 0..<100 {
            let stream = StreamConfiguration(name: "S\(round)", subjects: ["s.\(round).>"], replicas: 1)
            try await withThrowingDiscardingTaskGroup { group in
                for caller in callers { group.addTask { try await caller.create(stream) } }
            }
        }
        let other = StreamConfiguration(name: "other", subjects: ["s.0.>"], replicas: 1)
        let error = await #expect(throws: JetStreamError.self) { try await callers[0].create(other) }
        #expect(error?.isRefusal(JetStreamError.subjectsOverlap) == true)
        for connection in connections { await connection.close() }
        withExtendedLifetime(servers) {}
    }

    @Test("streams that have fewer replicas than they should get more, and keep what else they were told")
    func replicas() throws {
        let text = #"{"config":{"name":"X","num_replicas":1,"max_bytes":-1,"sealed":false,"metadata":{"a":"b"}}}"#
        let stored = try JetStream.decode(Array(text.utf8), of: "X", as: StoredConfiguration.self)
        #expect(stored.raised(to: 1) == nil)
        let raised = try #require(stored.raised(to: 3))
        guard case .integer(3)? = raised["num_replicas"], case .integer(-1)? = raised["max_bytes"],
            case .flag(false)? = raised["sealed"], case .fields? = raised["metadata"]
        else {
            Issue.record("\(raised)")
            return
        }
    }

    @Test("on a cluster, what was begun with one replica goes on with three")
    func moreReplicas() async throws {
        let servers = try await NATSServers(3)
        let options = try #require(servers.options)
        var alone = options
        alone.replicas = 1
        let connection = try await NATSConnection.connect(to: options.servers, name: "test", patience: .seconds(120))
        let jetStream = JetStream(connection: connection, patience: .seconds(120))
        let streams = [Bucket.stream, NATSNames(partition: Partition(topic: "events", name: "p")).stream]
        try await append(1, alone)
        // A server that does not answer in time gets its copy when the stream is opened next.
        for sequence in UInt64(2)...20 {
            try await append(sequence, options)
            if try await areCopied(streams, in: jetStream) { break }
        }
        // What the stream itself says, whoever asks.
        let log = try await NATSLog.open(alone, producer: nil)
        #expect(try await log.partitions(of: "events").map(\.replicas.wanted) == [3])
        await log.close()
        #expect(try await areCopied(streams, in: jetStream))
        await connection.close()
    }

    private func append(_ sequence: UInt64, _ options: NATSLogOptions) async throws {
        let log = try await NATSLog.open(options, producer: "p")
        _ = try await log.append([Record(key: [], value: [1], timestamp: 1)], to: "events", sequence: sequence)
        await log.close()
    }

    /// Whether each of the streams has three replicas.
    private func areCopied(_ streams: [String], in jetStream: JetStream) async throws -> Bool {
        for stream in streams {
            let stored = try await jetStream.call("STREAM.INFO.\(stream)", [String: String](), StoredConfiguration.self)
            guard stored.raised(to: 3) == nil else { return false }
        }
        return true
    }
}
