import Synchronization
import Testing

@testable import MessageLog

@Suite("Rewriting the log in files, when something fails")
struct RewritingCrashTests {
    private let events = Partition(topic: "events", name: "ingest")

    @Test(
        "leaves each record the old or the new one, whatever step it dies at, and finishes when it is done again",
        arguments: [SimulatedFileSystem.Crash.process, .power]
    )
    func diesAtEveryStep(_ crash: SimulatedFileSystem.Crash) async throws {
        var steps = 0
        while try await dies(after: steps, crash, seed: UInt64(steps)) { steps += 1 }
        #expect(steps > 20)
    }

    /// Lets a rewriting die after so many changes; false if it was done by then.
    private func dies(after steps: Int, _ crash: SimulatedFileSystem.Crash, seed: UInt64) async throws -> Bool {
        let system = SimulatedFileSystem()
        try await fill(system)
        let log = try open(system)
        system.disk.withLock { $0.stepsLeft = steps }
        let isDone = (try? await log.rewrite("events", Self.erase)) != nil
        var random = SplitMix(state: seed)
        system.disk.withLock { $0.crash(crash, using: &random) }
        let again = try open(system)
        let found = try await again.read(events, from: 0, maxRecords: 100, maxBytes: .max)
        #expect(found.map(\.offset) == Array(0..<12))
        #expect(found.allSatisfy { $0.record == Self.record($0.offset) || $0.record == Self.erase($0) })
        let left = found.count { $0.record == Self.record($0.offset) }
        #expect(!isDone || left == 0)
        #expect(try await again.rewrite("events", Self.erase) == left)
        #expect(!system.disk.withLock { $0.holds(Array("secret".utf8)) })
        #expect(try await again.append([Self.record(12)], to: "events", sequence: 12) == .duplicate)
        #expect(try await again.append([Self.record(12)], to: "events", sequence: 13) == .at(12))
        return !isDone
    }

    @Test("changes nothing in a segment for whose copy there is no room, and goes on when there is")
    func fullDisk() async throws {
        let system = SimulatedFileSystem()
        try await fill(system)
        let log = try open(system)
        let before = try system.list("/log/events/ingest").sorted()
        for room in [0, 20, 64, 200] {
            system.disk.withLock { $0.room = room }
            await #expect(throws: MessageLogError.full) { try await log.rewrite("events", at: [1], Self.erase) }
            #expect(try system.list("/log/events/ingest").sorted() == before)
            #expect(try await log.read(events, from: 1, maxRecords: 1, maxBytes: 1).map(\.record) == [Self.record(1)])
        }
        system.disk.withLock { $0.room = .max }
        #expect(try await log.append([Self.record(12)], to: "events") == .at(12))
        #expect(try await log.rewrite("events", Self.erase) == 13)
    }

    @Test("ends the log when a sync fails, of a file or of its directory", arguments: [false, true])
    func failedSync(ofDirectory: Bool) async throws {
        let system = SimulatedFileSystem()
        try await fill(system)
        let log = try open(system)
        system.disk.withLock { disk in
            if ofDirectory { disk.failsNextDirectorySync = true } else { disk.failsNextSync = true }
        }
        try await #require(throws: MessageLogError.syncFailed(errno: 5)) {
            try await log.rewrite("events", at: [1], Self.erase)
        }
        try await #require(throws: MessageLogError.syncFailed(errno: 5)) {
            try await log.append([Self.record(12)], to: "events")
        }
        await #expect(throws: MessageLogError.syncFailed(errno: 5)) { try await log.failure() }
        var random = SplitMix(state: 1)
        system.disk.withLock { $0.crash(.power, using: &random) }
        let again = try open(system)
        #expect(try await again.append([Self.record(12)], to: "events") == .at(12))
        _ = try await again.rewrite("events", Self.erase)
        #expect(!system.disk.withLock { $0.holds(Array("secret".utf8)) })
    }

    /// Twelve records in four segments, the last of which is being written.
    private func fill(_ system: SimulatedFileSystem) async throws {
        try system.makeDirectory("/log")
        try system.syncDirectory("")
        let log = try open(system)
        for offset in 0..<Offset(12) {
            _ = try await log.append([Self.record(offset)], to: "events", sequence: offset + 1)
        }
        await log.close()
        #expect(try system.list("/log/events/ingest").count { $0.hasSuffix(".seg") } == 4)
    }

    private func open(_ system: SimulatedFileSystem) throws -> EmbeddedLog {
        var options = EmbeddedLogOptions()
        options.segmentBytes = 500
        return try EmbeddedLog(
            directory: "/log",
            producer: "ingest",
            options: options,
            fileSystem: system,
            wakeups: nil
        )
    }

    private static func record(_ offset: Offset) -> Record {
        Record(value: Array("secret \(offset) \(String(repeating: "x", count: 80))".utf8), timestamp: Int64(offset))
    }

    @Sendable private static func erase(_ stored: StoredRecord) -> Record? {
        Record(value: [], timestamp: stored.record.timestamp)
    }
}
