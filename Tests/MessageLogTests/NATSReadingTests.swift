import Testing

@testable import MessageLog

@Suite("Reading a log on NATS far behind its end")
struct NATSReadingTests {
    private let partition = Partition(topic: "events", name: "ingest")

    @Test("has every record once and in order, those that were rewritten as they are now")
    func rewritten() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let log = try await NATSLog.open(options, producer: partition.name)
        for number in 0..<300 { _ = try await log.append([record("\(number)")], to: partition.topic) }
        let erased: Set<Offset> = [0, 40, 41, 42, 120, 298]
        let count = try await log.rewrite(partition.topic, at: erased) { _ in record("gone") }
        #expect(count == erased.count)
        let reading = try await NATSLog.open(options, producer: nil)
        for most in [1000, 7] {
            var found: [String] = []
            while found.count < 300 {
                let next = try await reading.read(
                    partition,
                    from: Offset(found.count),
                    maxRecords: most,
                    maxBytes: 1 << 20
                )
                try #require(!next.isEmpty)
                found += next.map { String(decoding: $0.record.value, as: UTF8.self) }
            }
            #expect(found == (0..<300).map { erased.contains($0) ? "gone" : "\($0)" })
        }
        await reading.close()
        await log.close()
    }

    @Test("leaves places for what a consumer does not deliver, and ends the consumer when it cannot deliver all")
    func places() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let log = try await NATSLog.open(options, producer: partition.name)
        // Behind the fence, which has the sequence 1.
        for number in 2...11 { _ = try await log.append([record("\(number)")], to: partition.topic) }
        let connection = try await NATSConnection.connect(to: options.servers, name: "test", patience: .seconds(120))
        let jetStream = JetStream(connection: connection, patience: .seconds(120), attempt: .seconds(60))
        let stream = NATSNames(partition: partition).stream
        try await jetStream.erase(4, of: stream)
        let consumer = try #require(await LaneConsumer(of: stream, from: 2, in: jetStream, inactivity: 120))
        #expect(await consumer.ask(2..<6).value.map { $0?.sequence } == [2, 3, nil, 5, 6])
        #expect(consumer.isAt(7))
        #expect(await consumer.ask(7..<9).value.map { $0?.sequence } == [7, 8])
        #expect(await consumer.ask(9..<14).value.map { $0?.sequence } == [9, 10, 11, nil, nil])
        #expect(!consumer.isAt(14))
        let streams = LaneStreams(names: NATSNames(partition: partition), jetStream: jetStream)
        let completed = await streams.completed([nil, nil, nil], from: 3)
        #expect(completed.map { ($0?.count ?? 0) > 0 } == [true, false, true])
        await connection.close()
        #expect(await consumer.ask(14..<16).value.map { $0?.sequence } == [nil, nil])
        await log.close()
    }

    @Test("goes on behind what it has read, though retention has removed that meanwhile")
    func removed() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let log = try await NATSLog.open(options, producer: partition.name)
        let reading = try await NATSLog.open(options, producer: nil)
        func next(from offset: Offset) async throws -> [String] {
            let found = try await reading.read(partition, from: offset, maxRecords: 1, maxBytes: 1)
            return found.map { String(decoding: $0.record.value, as: UTF8.self) }
        }
        _ = try await log.append([record("a"), record("b")], to: partition.topic)
        #expect(try await next(from: 1) == ["b"])
        _ = try await log.append([record("c"), record("d")], to: partition.topic)
        try await log.applyRetention(Retention(bytes: 0), to: partition.topic, now: 0)
        // As long as it takes for what was fetched to be fetched anew.
        try await Task.sleep(for: .milliseconds(2100))
        #expect(try await next(from: 2) == ["c"])
        await #expect(throws: MessageLogError.offsetGone(first: 2)) { _ = try await next(from: 1) }
        await reading.close()
        await log.close()
    }

    @Test("is given up by who has no more time, while another one waits for the servers", .timeLimit(.minutes(5)))
    func givenUp() async throws {
        let bench = try await WriterBench()
        _ = try await bench.writer().append(bench.records("a"), sequence: nil)
        let patient = JetStream(connection: bench.jetStream.connection, patience: .seconds(300))
        let reader = NATSLaneReader(
            streams: LaneStreams(names: NATSNames(partition: partition), jetStream: patient),
            marks: LowMarks(bucket: Bucket(jetStream: patient)),
            replicas: 1,
            patience: .zero
        )
        try await bench.servers.stall()
        let waiting = Task { try await reader.status() }
        try await Task.sleep(for: .milliseconds(500))
        let hurried = Task { try await reader.read(from: 0, maxRecords: 1, maxBytes: 1) }
        try await Task.sleep(for: .milliseconds(500))
        hurried.cancel()
        await #expect(throws: MessageLogError.self) { try await hurried.value }
        try bench.servers.resume()
        #expect(try await waiting.value?.head == 1)
        await bench.close()
    }

    private func record(_ text: String) -> Record { Record(value: Array(text.utf8), timestamp: 1) }
}
