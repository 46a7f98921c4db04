import Testing

@testable import MessageLog

@Suite("Whoever rewrites on NATS")
struct NATSTurnsTests {
    @Test("has a turn, however much is appended all the while", .timeLimit(.minutes(10)))
    func turns() async throws {
        let bench = try await WriterBench()
        let (writer, records) = (bench.writer(), bench.records("a"))
        try await withThrowingDiscardingTaskGroup { group in
            // So many that there is always a message under way.
            for _ in 0..<256 {
                group.addTask {
                    while !Task.isCancelled { _ = try await writer.append(records, sequence: nil) }
                }
            }
            while try await writer.settledPosition().head < 1000 {}
            for _ in 0..<10 { try await writer.seal(1) }
            group.cancelAll()
        }
        await bench.close()
    }

    @Test("finds all that was to be appended before", .timeLimit(.minutes(10)))
    func findsWaiting() async throws {
        let bench = try await WriterBench()
        let (writer, records) = (bench.writer(), bench.records("a"))
        _ = try await writer.append(records, sequence: nil)
        try await bench.servers.stall()
        // The last ones wait until the first ones are stored.
        var appends: [Task<Appended, any Error>] = []
        for number in 1...bench.options.messagesUnderWay + 2 {
            appends.append(Task { try await writer.append(records, sequence: nil) })
            let pending = number * EncodedAppend.size(of: records)
            repeat { try await Task.sleep(for: .milliseconds(50)) } while writer.intake.pendingBytes < pending
        }
        let position = Task { try await writer.settledPosition() }
        try await Task.sleep(for: .milliseconds(100))
        try bench.servers.resume()
        #expect(try await position.value.head == Offset(1 + appends.count))
        for append in appends { _ = try await append.value }
        await bench.close()
    }
}
