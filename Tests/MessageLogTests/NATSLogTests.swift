import Synchronization
import Testing

@testable import MessageLog

@Suite("The log on NATS")
struct NATSLogTests {
    @Test("is where its address says")
    func address() throws {
        let options = try #require(NATSLogOptions(address: "nats://ada:secret@one:4222,two:4223?replicas=3"))
        #expect(options.servers == ["nats://ada:secret@one:4222", "nats://ada:secret@two:4223"])
        #expect(options.replicas == 3)
        #expect(NATSLogOptions(address: "nats://one")?.replicas == 1)
    }

    @Test(
        "refuses addresses that are none",
        arguments: ["", "nats", "nats://", "http://one", "/data/log", "nats://one?replicas=0", "nats://one?copies=3"]
    )
    func noAddress(_ text: String) {
        #expect(NATSLogOptions(address: text) == nil)
    }

    @Test("takes no refusal for an answer, whatever else the answer says")
    func refusals() throws {
        func decode<Answer: Decodable>(_ text: String, as type: Answer.Type) -> JetStreamError? {
            let reply = Array(text.utf8)
            do throws(JetStreamError) { _ = try JetStream.decode(reply, of: "X", as: type) } catch { return error }
            return nil
        }
        let error = #""error":{"code":503,"err_code":10008,"description":"no leader"}"#
        #expect(decode("{\(error)}", as: DoneAnswer.self)?.isUnavailable == true)
        #expect(decode("{\(error),\"total\":0,\"streams\":null}", as: StreamNamesAnswer.self)?.isUnavailable == true)
        #expect(decode("{\(error)}", as: PublishAnswer.self)?.isUnavailable == true)
        #expect(decode(#"{"success":true}"#, as: DoneAnswer.self) == nil)
        #expect(decode(#"{"total":0,"streams":null}"#, as: StreamNamesAnswer.self) == nil)
    }

    @Test("finds every offset, whatever the messages hold", arguments: 0..<50)
    func search(seed: Int) throws {
        var bases: [Offset] = [0]
        for index in 1...200 {
            bases.append(bases[index - 1] + Offset((index * (seed + 1) * 7919) % (index % 9 == 0 ? 900 : 3)))
        }
        let (first, end) = (UInt64(17), UInt64(17 + 200))
        for offset in 0..<bases[200] {
            var search = OffsetSearch(
                offset,
                from: .init(offset: 0, sequence: first),
                upTo: .init(offset: bases[200], sequence: end)
            )
            var steps = 0
            while let next = search.next() {
                search.learn(.init(offset: bases[Int(next - first)], sequence: next))
                steps += 1
            }
            let found = Int(search.low.sequence - first)
            #expect(bases[found] <= offset && offset < bases[found + 1])
            #expect(steps <= 16)
        }
    }

    @Test("sees every flipped bit of a message")
    func damage() throws {
        var message = LaneMessage(epoch: .random(), writer: 7, base: 5, lastSequence: 1, written: 9)
        for sequence in [UInt64(2), 3] {
            let records = [Record(key: [1], value: [2, 3], timestamp: 4), Record(value: [], timestamp: 5)]
            let size = EncodedAppend.size(of: records)
            #expect(message.add(EncodedAppend(records, size: size, sequence: sequence)) != .duplicate)
        }
        message.finish()
        let read = try #require(LaneMessage(message.bytes))
        #expect(read.batches == message.batches && read.end == 9 && read.lastSequence == 3)
        for bit in 0..<message.bytes.count * 8 {
            var bytes = message.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(LaneMessage(bytes) == nil, "bit \(bit)")
        }
    }

    @Test("does not begin to write where messages are too small for an append, and says what to set")
    func smallMessages() async throws {
        let servers = try await NATSServers(1, payload: 1 << 20)
        let options = try #require(servers.options)
        await #expect(
            performing: { try await NATSLog.open(options, producer: "ingest") },
            throws: { "\($0)".contains("max_payload") }
        )
        await (try await NATSLog.open(options, producer: nil)).close()
    }

    @Test("gives up a lease that the servers do not store, and says so")
    func leaseNotStored() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let connection = try await NATSConnection.connect(to: options.servers, name: "test", patience: .seconds(120))
        // Nobody has made the bucket, so nobody stores what is put into it.
        let bucket = Bucket(jetStream: JetStream(connection: connection, patience: .milliseconds(200)))
        let lease = ProducerLease(of: "ingest", in: bucket, lasting: .seconds(1), alarm: FailureAlarm())
        await #expect(
            performing: { try await lease.acquire() },
            throws: { if case .unavailable = $0 as? MessageLogError { true } else { false } }
        )
        await connection.close()
    }

    @Test("ends a writer that another one has replaced, and stores nothing of it")
    func fencing() async throws {
        let bench = try await WriterBench()
        let (first, second) = (bench.writer(), bench.writer())
        #expect(try await first.append(bench.records("a"), sequence: nil) == .at(0))
        #expect(try await second.append(bench.records("b"), sequence: nil) == .at(1))
        await #expect(throws: MessageLogError.locked(file: first.streams.names.stream, by: nil)) {
            try await first.append(bench.records("c"), sequence: nil)
        }
        await #expect(throws: MessageLogError.locked(file: first.streams.names.stream, by: nil)) {
            try await bench.alarm.wait()
        }
        #expect(try await second.append(bench.records("d"), sequence: nil) == .at(2))
        await bench.close()
    }

    @Test("stores nothing behind another writer's message, though it stands where the one before was to be")
    func fencingOfWhatFollows() async throws {
        let bench = try await WriterBench()
        let (first, second) = (bench.writer(), bench.writer())
        _ = try await first.append(bench.records("a"), sequence: nil)
        let tail = try await first.position()
        try await second.open()
        let late = LaneMessage(epoch: tail.epoch, writer: 1, base: tail.head + 1, lastSequence: 0, written: 1)
        var flight = MessageFlight(late, after: tail.sequence + 1, in: first.streams)
        #expect(await flight.send(behind: "of the first writer").value == .unexpected)
        #expect(try await second.append(bench.records("b"), sequence: nil) == .at(1))
        await bench.close()
    }

    @Test("has all that it acknowledged and nothing that it refused when the server is full")
    func full() async throws {
        let bench = try await WriterBench(room: 6 << 20)
        let writer = bench.writer()
        try await writer.open()
        let offsets = await withTaskGroup(of: (Offset, UInt8)?.self) { group in
            for number in UInt8(0)..<100 {
                group.addTask {
                    let record = Record(value: Array(repeating: number, count: 200_000), timestamp: 1)
                    guard case .at(let offset)? = try? await writer.append([record], sequence: nil) else { return nil }
                    return (offset, number)
                }
            }
            return await group.reduce(into: [Offset: UInt8]()) { found, stored in
                if let stored { found[stored.0] = stored.1 }
            }
        }
        #expect((1..<100).contains(offsets.count))
        let reader = NATSLaneReader(
            streams: writer.streams,
            marks: LowMarks(bucket: Bucket(jetStream: bench.jetStream)),
            replicas: 1,
            patience: .seconds(5)
        )
        let found = try await reader.read(from: 0, maxRecords: 200, maxBytes: 100 << 20)
        #expect(found.map(\.offset) == Array(0..<Offset(offsets.count)))
        #expect(found.allSatisfy { $0.record.value.first == offsets[$0.offset] })
        await bench.close()
    }

    @Test("refuses an append that is larger than the servers take, and goes on")
    func tooLarge() async throws {
        let bench = try await WriterBench()
        let writer = bench.writer()
        let large = [Record(value: Array(repeating: 0, count: 9 << 20), timestamp: 1)]
        await #expect {
            try await writer.append(large, sequence: nil)
        } throws: { error in
            if case MessageLogError.recordTooLarge(_, (8 << 20) - 1024) = error { true } else { false }
        }
        #expect(try await writer.append(bench.records("a"), sequence: nil) == .at(0))
        await bench.close()
    }

    @Test("refuses to go on where consumers have read more than there is")
    func lostTail() async throws {
        let bench = try await WriterBench()
        let names = NATSNames(partition: bench.partition)
        _ = try await bench.writer().append(bench.records("a"), sequence: nil)
        try await bench.progress.record([bench.partition: 1], of: "profile", in: "events", now: 1)
        #expect(try await bench.writer().position().head == 1)
        try await bench.progress.record([bench.partition: 2], of: "profile", in: "events", now: 1)
        await #expect(throws: MessageLogError.lostTail(file: names.stream, mark: 2, found: 1)) {
            try await bench.writer().open()
        }
        await bench.close()
    }

    @Test("refuses a second process of the same name, and lets the next one in when it is closed")
    func lease() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let first = try await NATSLog.open(options, producer: "ingest")
        await #expect {
            _ = try await NATSLog.open(options, producer: "ingest")
        } throws: { error in
            if case MessageLogError.locked = error { true } else { false }
        }
        await first.close()
        let second = try await NATSLog.open(options, producer: "ingest")
        await second.close()
    }

    @Test("lets one in at once that is known to be the next, and stores nothing more of the one before")
    func succession() async throws {
        let servers = try await NATSServers(1)
        var options = try #require(servers.options)
        options.lease = .seconds(600)
        let records = [Record(value: [1], timestamp: 1)]
        let first = try await NATSLog.open(options, producer: "profile")
        _ = try await first.append(records, to: "changes", sequence: 1)
        let start = ContinuousClock.now
        let second = try await NATSLog.open(options, producer: "profile", succeeds: true)
        #expect(try await second.append(records, to: "changes", sequence: 1) == .duplicate)
        #expect(try await second.append(records, to: "changes", sequence: 2) == .at(1))
        #expect(ContinuousClock.now - start < options.lease / 2)
        await #expect(throws: (any Error).self) { try await first.append(records, to: "changes", sequence: 3) }
        #expect(try await second.partitions(of: "changes").map(\.head) == [2])
        await first.close()
        await second.close()
    }

    @Test("takes no partition from the one that came after it, though it comes to that one first now")
    func stalledSuccessor() async throws {
        let servers = try await NATSServers(1)
        let options = try #require(servers.options)
        let records = [Record(value: [1], timestamp: 1)]
        let first = try await NATSLog.open(options, producer: "profile")
        let second = try await NATSLog.open(options, producer: "profile", succeeds: true)
        #expect(try await second.append(records, to: "changes", sequence: 1) == .at(0))
        for _ in 0..<2 {
            await #expect {
                _ = try await first.append(records, to: "changes", sequence: 2)
            } throws: { error in
                if case MessageLogError.locked = error { true } else { false }
            }
        }
        #expect(try await second.append(records, to: "changes", sequence: 2) == .at(1))
        await second.close()
        await first.close()
    }

    @Test("answers an append when patience is at an end, however long each look at the servers takes")
    func stalled() async throws {
        let (bench, patience) = (try await WriterBench(), Duration.seconds(21))
        let writer = bench.writer(patience: patience, attempt: .seconds(20))
        _ = try await writer.append(bench.records("a"), sequence: nil)
        try await bench.servers.stall()
        // Who sleeps as long is late by as much as the machine is.
        async let waking = Self.wakes(after: patience)
        await #expect {
            _ = try await writer.append(bench.records("b"), sequence: nil)
        } throws: { error in
            if case MessageLogError.unavailable = error { true } else { false }
        }
        let answered = ContinuousClock.now
        let woken = try await waking
        // Two more attempts would have taken twice as long.
        #expect(answered - woken < .seconds(19))
        try bench.servers.resume()
        await bench.close()
    }

    private static func wakes(after time: Duration) async throws -> ContinuousClock.Instant {
        try await Task.sleep(for: time)
        return .now
    }

    @Test(
        "answers all who wait for a partition to be opened when that fails, and not one after the other",
        .timeLimit(.minutes(5))
    )
    func stalledOpening() async throws {
        let bench = try await WriterBench()
        let hurried = JetStream(connection: bench.jetStream.connection, patience: .seconds(5))
        let (writer, records) = (bench.writer(over: hurried, patience: .seconds(5)), bench.records("a"))
        try await bench.servers.stall()
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(throws: MessageLogError.self) { try await writer.append(records, sequence: nil) }
                }
            }
        }
        // Each attempt takes five seconds at least.
        #expect(ContinuousClock.now - start < .seconds(60))
        try bench.servers.resume()
        while (try? await writer.append(records, sequence: nil)) == nil {
            try await Task.sleep(for: .milliseconds(100))
        }
        await bench.close()
    }

    @Test("closes by the time that it has for that, and answers whoever waits, though no server answers")
    func stalledClosing() async throws {
        let servers = try await NATSServers(1)
        var options = try #require(servers.options)
        options.patience = .seconds(600)
        let log = try await NATSLog.open(options, producer: "ingest")
        let records = [Record(value: [1], timestamp: 1)]
        let topics = ["events", "control", "dead-letters"]
        for topic in topics { _ = try await log.append(records, to: topic) }
        try await servers.stall()
        let start = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for topic in topics {
                group.addTask {
                    do throws(MessageLogError) {
                        _ = try await log.append(records, to: topic)
                        Issue.record("The servers have not answered, and yet it is stored.")
                    } catch {
                        #expect(error == .closed)
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
            await log.close(by: start + .seconds(2))
        }
        #expect(ContinuousClock.now - start < options.patience / 2)
    }

    @Test("answers whoever waits when there is no more time for that, and takes more")
    func dismissal() async throws {
        let servers = try await NATSServers(1)
        var options = try #require(servers.options)
        options.patience = .seconds(600)
        let log = try await NATSLog.open(options, producer: "ingest")
        let records = [Record(value: [1], timestamp: 1)]
        _ = try await log.append(records, to: "events")
        try await servers.stall()
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let appending = Task {
            beginning.finish()
            return try await log.append(records, to: "events")
        }
        for await _ in begun {}
        let start = ContinuousClock.now
        let dismissing = Task {
            // It waits by then, unless the machine is slow, and nobody has begun to look for what it has sent.
            while (try? await Task.sleep(for: .seconds(2))) != nil { await log.dismissWaiting() }
        }
        await #expect {
            _ = try await appending.value
        } throws: { error in
            if case MessageLogError.unavailable = error { true } else { false }
        }
        #expect(ContinuousClock.now - start < options.patience / 2)
        dismissing.cancel()
        await dismissing.value
        try servers.resume()
        #expect(try await log.append(records, to: "events") == .at(2))
        await log.close()
    }

    @Test("says that the servers cannot be reached when they are not there")
    func unreachable() async throws {
        var options = NATSLogOptions(servers: ["nats://127.0.0.1:1"])
        options.patience = .milliseconds(300)
        await #expect {
            _ = try await NATSLog.open(options, producer: nil)
        } throws: { error in
            if case MessageLogError.unavailable = error { true } else { false }
        }
    }
}
