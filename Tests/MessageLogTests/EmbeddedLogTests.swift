import Dispatch
import Synchronization
import Testing

@testable import MessageLog

@Suite("The log in files")
struct EmbeddedLogTests {
    private let folder: Folder
    private let events = Partition(topic: "events", name: "ingest")

    init() throws { folder = try Folder() }

    @Test("refuses a second writer and says who the first is")
    func lock() async throws {
        let first = try EmbeddedLog(directory: folder.path, producer: "ingest")
        _ = try await first.append(sample(1), to: "events")
        let path = "\(folder.path)/events/ingest/lock"
        let refusal = MessageLogError.locked(file: path, by: Int32(ProcessID.own))
        #expect(throws: refusal) {
            try EmbeddedLog(directory: folder.path, producer: "ingest")
        }
        #expect("\(refusal)".contains("process \(ProcessID.own)") && "\(refusal)".contains("--instance"))
        await first.close()
        let second = try EmbeddedLog(directory: folder.path, producer: "ingest")
        #expect(try await second.append(sample(1), to: "events") == .at(1))
    }

    @Test("takes its lock where there is no room to say whose it is")
    func lockWithoutRoom() throws {
        _ = try POSIXFileSystem().lock("/dev/full")
    }

    @Test("refuses an append that is too large and takes the next")
    func tooLarge() async throws {
        var options = EmbeddedLogOptions()
        options.appendBytes = 1000
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest", options: options)
        await #expect(throws: MessageLogError.recordTooLarge(bytes: 1005, limit: 1000)) {
            try await log.append([Record(value: Array(repeating: 1, count: 1000), timestamp: 0)], to: "events")
        }
        #expect(try await log.append(sample(1), to: "events") == .at(0))
    }

    @Test("answers what there is while a disk takes its time to note how far a consumer is")
    func slowNote() async throws {
        let filled = try EmbeddedLog(directory: folder.path, producer: "ingest")
        _ = try await filled.append(sample(3), to: "events")
        let (isSlow, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let slow = HookedFileSystem(beforeSync: {
            isSlow.signal()
            _ = mayGoOn.wait(timeout: .now() + 600)
        })
        let log = try EmbeddedLog(
            directory: folder.path,
            producer: nil,
            options: EmbeddedLogOptions(),
            fileSystem: slow,
            wakeups: nil
        )
        let noted = Mutex(false)
        let note = Task {
            try await log.record(progress: [events: 2], of: "profile", in: "events")
            noted.withLock { $0 = true }
        }
        await withCheckedContinuation { known in
            DispatchQueue.global().async {
                isSlow.wait()
                known.resume()
            }
        }
        #expect(try await log.partitions(of: "events").map(\.head) == [3])
        #expect(try await log.consumers(of: "events").isEmpty)
        #expect(!noted.withLock { $0 })
        mayGoOn.signal()
        try await note.value
        #expect(try await log.consumers(of: "events").map(\.positions) == [[events: 2]])
    }

    @Test("cuts off an append that never finished and says so")
    func tornTail() async throws {
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest")
        _ = try await log.append(sample(3), to: "events")
        await log.close()
        let files = POSIXFileSystem()
        let segment = try files.open("\(folder.path)/events/ingest/00000000000000000000.seg", .write)
        try segment.write(Array(repeating: 7, count: 100), at: segment.size())
        let found = Mutex<[Recovery]>([])
        var options = EmbeddedLogOptions()
        options.onRecovery = { recovery in found.withLock { $0.append(recovery) } }
        let again = try EmbeddedLog(directory: folder.path, producer: "ingest", options: options)
        #expect(found.withLock { $0 } == [Recovery(partition: events, recordsRecovered: 0, bytesCut: 100)])
        #expect(try await again.append(sample(1), to: "events") == .at(3))
        #expect(try await again.read(events, from: 0, maxRecords: 10, maxBytes: .max).count == 4)
    }

    @Test("reports damage in what was acknowledged, to readers and to the writer")
    func damage() async throws {
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest")
        for _ in 0..<3 { _ = try await log.append(sample(1), to: "events") }
        await log.close()
        let path = "\(folder.path)/events/ingest/00000000000000000000.seg"
        let segment = try POSIXFileSystem().open(path, .write)
        let last = try segment.size() - 1
        try segment.write([UInt8](segment.bytes(at: last, count: 1).map { $0 ^ 1 }), at: last)
        let isDamage = { (error: any Error) in
            guard case .corrupt(path, _, _) = error as? MessageLogError else { return false }
            return true
        }
        let reader = try EmbeddedLog(directory: folder.path, producer: nil)
        #expect(try await reader.read(events, from: 0, maxRecords: 2, maxBytes: .max).count == 2)
        await #expect(
            performing: { try await reader.read(events, from: 0, maxRecords: 3, maxBytes: .max) },
            throws: isDamage
        )
        #expect(performing: { try EmbeddedLog(directory: folder.path, producer: "ingest") }, throws: isDamage)
    }

    @Test("ends after a failed sync, acknowledging nothing, and goes on in a new segment")
    func failedSync() async throws {
        let system = SimulatedFileSystem()
        try system.makeDirectory("/log")
        let log = try open(system)
        _ = try await log.append(sample(2), to: "events")
        system.disk.withLock { $0.failsNextSync = true }
        await #expect(throws: MessageLogError.syncFailed(errno: 5)) { try await log.append(sample(1), to: "events") }
        await #expect(throws: MessageLogError.syncFailed(errno: 5)) { try await log.append(sample(1), to: "events") }
        await #expect(throws: MessageLogError.syncFailed(errno: 5)) { try await log.failure() }
        var random = SplitMix(state: 1)
        system.disk.withLock { $0.crash(.process, using: &random) }
        let again = try open(system)
        #expect(try await again.append(sample(1), to: "events") == .at(3))
        let names = try system.list("/log/events/ingest").filter { $0.hasSuffix(".seg") }
        #expect(names.sorted() == ["00000000000000000000.seg", "00000000000000000003.seg"])
        #expect(try await again.read(events, from: 0, maxRecords: 10, maxBytes: .max).count == 4)
    }

    @Test("refuses appends while the disk is full, whole, and takes them again without a restart")
    func fullDisk() async throws {
        let system = SimulatedFileSystem()
        try system.makeDirectory("/log")
        let log = try open(system)
        _ = try await log.append(sample(1), to: "events")
        system.disk.withLock { $0.room = 30 }
        await #expect(throws: MessageLogError.full) { try await log.append(sample(5), to: "events", sequence: 9) }
        #expect(try await log.read(events, from: 0, maxRecords: 10, maxBytes: .max).count == 1)
        system.disk.withLock { $0.room = .max }
        #expect(try await log.append(sample(5), to: "events", sequence: 9) == .at(1))
        #expect(try await log.read(events, from: 0, maxRecords: 10, maxBytes: .max).count == 6)
    }

    @Test("lets a reader open before there is anything, and tells it when there is")
    func earlyReader() async throws {
        let directory = folder.path + "/not/yet"
        let reader = try EmbeddedLog(directory: directory, producer: nil)
        var news = reader.news(of: ["events"]).makeAsyncIterator()
        #expect(await news.next() != nil)
        #expect(try await reader.partitions(of: "events") == [])
        let log = try EmbeddedLog(directory: directory, producer: "ingest")
        _ = try await log.append(sample(1), to: "events")
        while try await reader.partitions(of: "events").first?.head != 1 { _ = await news.next() }
        await reader.close()
        #expect(await lastOf(reader.news(of: ["events"])) == nil)
    }

    private func lastOf(_ stream: AsyncStream<Void>) async -> Void? {
        for await _ in stream {}
        return nil
    }

    private func open(_ system: SimulatedFileSystem) throws -> EmbeddedLog {
        try EmbeddedLog(
            directory: "/log",
            producer: "ingest",
            options: EmbeddedLogOptions(),
            fileSystem: system,
            wakeups: nil
        )
    }

    private func sample(_ count: Int) -> [Record] {
        (0..<count).map { Record(value: Array("record \($0)".utf8), timestamp: 0) }
    }
}
