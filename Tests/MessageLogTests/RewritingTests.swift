import Dispatch
import Foundation
import Synchronization
import Testing

@testable import MessageLog

@Suite("Rewriting the log in files")
struct RewritingTests {
    private let folder: Folder
    private let events = Partition(topic: "events", name: "ingest")

    init() throws { folder = try Folder() }

    @Test("leaves nothing of the former records in any file, not even of the newest", arguments: [1, 10, 100])
    func nothingIsLeft(ofEvery step: Int) async throws {
        let log = try await filledLog()
        #expect(try filesHolding("secret 99.") == 1)
        let offsets = (0..<100).filter { $0 % step == step - 1 }
        #expect(try await log.rewrite("events", at: offsets.map(Offset.init), Sample.erase) == offsets.count)
        for number in 0..<100 {
            #expect(try filesHolding("secret \(number).") == (offsets.contains(number) ? 0 : 1))
        }
        #expect(try await log.append([Sample.record(100)], to: "events") == .at(100))
        await log.close()
        let again = try open("ingest")
        #expect(try await again.append([Sample.record(101)], to: "events") == .at(101))
        try await expectRecords(102, erased: Set(offsets), in: again)
    }

    @Test("removes what an attempt left behind")
    func leftovers() async throws {
        let log = try await filledLog()
        let leftover = "\(directory)/00000000000000000000.seg.new"
        try Data("secret 0.".utf8).write(to: URL(filePath: leftover))
        #expect(try await log.rewrite("events", at: [99], Sample.erase) == 1)
        #expect(!FileManager.default.fileExists(atPath: leftover))
    }

    @Test("writes nothing when nothing is to change")
    func nothingToDo() async throws {
        let log = try await filledLog()
        let before = try names()
        #expect(try await log.rewrite("events") { $0.record } == 0)
        #expect(try await log.rewrite("events", at: [100, 5000], Sample.erase) == 0)
        #expect(try names() == before)
    }

    @Test("takes into account what waits for the disk")
    func waiting() async throws {
        let log = try open("ingest")
        _ = try await log.append([Sample.record(0)], to: "events")
        await log.close()
        let isSlow = Mutex(false)
        let (isSyncing, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let files = HookedFileSystem(beforeSync: {
            guard isSlow.withLock({ $0 }) else { return }
            isSyncing.signal()
            _ = mayGoOn.wait(timeout: .now() + 600)
        })
        let (writer, rewriter) = lane(files)
        try await writer.open()
        isSlow.withLock { $0 = true }
        let first = Task { try await writer.append([Sample.record(1)], sequence: nil) }
        await withCheckedContinuation { known in
            DispatchQueue.global().async {
                isSyncing.wait()
                known.resume()
            }
        }
        isSlow.withLock { $0 = false }
        // It waits until the first one is durable.
        let second = Task { try await writer.append([Sample.record(2)], sequence: nil) }
        let pending = (1...2).reduce(0) { $0 + EncodedAppend.size(of: [Sample.record($1)]) }
        while writer.intake.pendingBytes < pending { try await Task.sleep(for: .milliseconds(5)) }
        let last = Rewrite(partition: events, offsets: RangeSet(2..<3), replacement: Sample.erase)
        async let count = rewriter.run(last)
        try await Task.sleep(for: .milliseconds(100))
        mayGoOn.signal()
        #expect(try await count == 1)
        _ = try await (first.value, second.value)
        await writer.close()
        try await expectRecords(3, erased: [2], in: try open(nil))
    }

    @Test("copies a segment that is larger than what is written and synced at once")
    func largeSegment() async throws {
        let log = try EmbeddedLog(directory: folder.path, producer: "ingest")
        let values = (0..<24).map { number in Array(repeating: UInt8(number), count: 1_000_000 + number) }
        for value in values { _ = try await log.append([Record(value: value, timestamp: 0)], to: "events") }
        #expect(try await log.rewrite("events", at: [0, 23], Sample.erase) == 2)
        for (offset, value) in zip(Offset(0)..., values) {
            let found = try await log.read(events, from: offset, maxRecords: 1, maxBytes: 1)
            #expect(found.map(\.record.value) == [offset == 0 || offset == 23 ? [] : value])
        }
    }

    @Test("is noticed by readers that remember places in files they have closed or still hold open")
    func readersNotice() async throws {
        let log = try await filledLog()
        let reader = try open(nil)
        try await expectRecords(100, erased: [], in: reader)
        for length in [700, 0, 90, 3] {
            _ = try await log.rewrite("events") { Sample.resized($0.record, to: length) }
            for offset in [0, 99, 40, 7, 98, 60, 61, 20, 80, 30, 10].map(Offset.init) {
                let found = try await reader.read(events, from: offset, maxRecords: 3, maxBytes: .max)
                #expect(found.first?.offset == offset)
                #expect(found.allSatisfy { $0.record.value == Array(repeating: UInt8(length % 256), count: length) })
            }
        }
        #expect(try Descriptors.openButRemoved(in: folder.path) <= 8)
        _ = try await reader.read(events, from: 100, maxRecords: 1, maxBytes: 1)
        _ = try await log.read(events, from: 100, maxRecords: 1, maxBytes: 1)
        #expect(try Descriptors.openButRemoved(in: folder.path) == 0)
    }

    @Test("does not mislead a reader that has just read that the segment is being written")
    func outdatedMark() async throws {
        let log = try open("ingest", segmentBytes: 1 << 20)
        for number in 0..<20 { _ = try await log.append([Sample.record(number)], to: "events") }
        let isDone = Mutex(false)
        let files = HookedFileSystem(beforeReading: { path in
            guard path.hasSuffix(".seg"),
                isDone.withLock({ done in
                    defer { done = true }
                    return !done
                })
            else { return }
            Blocking.wait { _ = try await log.rewrite("events") { Sample.resized($0.record, to: 9) } }
        })
        let reader = try open(nil, files: files)
        let found = try await reader.read(events, from: 0, maxRecords: 100, maxBytes: .max)
        #expect(isDone.withLock { $0 })
        #expect(found.map(\.offset) == Array(0..<20))
        #expect(found.allSatisfy { $0.record.value.count == 9 })
    }

    @Test("hides no segment from a reader whose listing misses one")
    func listingMisses() async throws {
        let log = try await filledLog()
        await log.close()
        let listings = Mutex(0)
        let files = HookedFileSystem(listing: { names in
            let number = listings.withLock { count in
                defer { count += 1 }
                return count
            }
            return number.isMultiple(of: 3) ? names.filter { $0 != "00000000000000000000.seg" } : names
        })
        let reader = try open(nil, files: files)
        try await expectRecords(100, erased: [], in: reader)
        #expect(listings.withLock { $0 } > 1)
        let inventory = try LaneInventory(paths: LanePaths(root: folder.path, partition: events), fileSystem: files)
        #expect(inventory?.segments.first?.base == 0)
    }

    @Test("does not bring back a segment that retention removes meanwhile")
    func retentionMeanwhile() async throws {
        let log = try await filledLog()
        let first = try await log.partitions(of: "events").first?.first
        #expect(first == 0)
        let path = "\(directory)/00000000000000000000.seg"
        let count = try await log.rewrite("events") { stored in
            if stored.offset == 0 { try? FileManager.default.removeItem(atPath: path) }
            return Sample.erase(stored)
        }
        let left = try await log.partitions(of: "events").first
        #expect(left?.first ?? 0 > 0)
        #expect(count == 100 - Int(left?.first ?? 0))
        #expect(try names().allSatisfy { !$0.hasSuffix(".new") })
    }

    @Test("refuses to rewrite damaged records, and does not hide the damage")
    func damage() async throws {
        let log = try await filledLog()
        let path = "\(directory)/00000000000000000000.seg"
        let segment = try POSIXFileSystem().open(path, .write)
        try segment.write([UInt8](segment.bytes(at: 300, count: 1).map { $0 ^ 1 }), at: 300)
        let before = FileManager.default.contents(atPath: path)
        await #expect(throws: MessageLogError.self) { try await log.rewrite("events", at: [0], Sample.erase) }
        #expect(FileManager.default.contents(atPath: path) == before)
        #expect(try names().allSatisfy { !$0.hasSuffix(".new") })
    }

    @Test("refuses to rewrite a segment whose end is missing")
    func missingEnd() async throws {
        let log = try await filledLog()
        let second = try #require(try LanePaths.segments(among: names()).dropFirst().first)
        try FileManager.default.removeItem(atPath: LanePaths(root: folder.path, partition: events).segment(second))
        await #expect(
            performing: { try await log.rewrite("events", at: [0], Sample.erase) },
            throws: { if case .corrupt = $0 as? MessageLogError { true } else { false } }
        )
    }

    @Test("refuses records that are too large, and changes nothing")
    func tooLarge() async throws {
        let log = try await filledLog()
        await #expect(throws: MessageLogError.recordTooLarge(bytes: 5005, limit: 4000)) {
            try await log.rewrite("events", at: [50]) { Sample.resized($0.record, to: 5000) }
        }
        #expect(try names().allSatisfy { !$0.hasSuffix(".new") })
        try await expectRecords(100, erased: [], in: log)
    }

    @Test("ends when its task is cancelled, and finishes when it is called again")
    func cancelled() async throws {
        let log = try await filledLog()
        let task = Task {
            try await log.rewrite("events") { stored in
                if stored.offset == 50 { withUnsafeCurrentTask { $0?.cancel() } }
                return Sample.erase(stored)
            }
        }
        await #expect(throws: MessageLogError.cancelled) { try await task.value }
        let left = try await log.rewrite("events", Sample.erase)
        #expect(left > 40 && left < 100)
        try await expectRecords(100, erased: Set(0..<100), in: log)
    }

    @Test("ends when the log is closed, which another may open at once")
    func closed() async throws {
        let log = try await filledLog()
        let (reached, signal) = AsyncStream<Void>.makeStream()
        async let count = log.rewrite("events") { stored in
            if stored.offset == 50 { signal.finish() }
            return Sample.resized(stored.record, to: Int.random(in: 1..<100))
        }
        for await _ in reached {}
        await log.close()
        let again = try open("ingest")
        do { _ = try await count } catch { #expect(error as? MessageLogError == .closed) }
        #expect(try await again.rewrite("events", Sample.erase) == 100)
        try await expectRecords(100, erased: Set(0..<100), in: again)
    }

    @Test("does nothing more once it was stopped")
    func stopped() async throws {
        await (try await filledLog()).close()
        let (_, rewriter) = lane(POSIXFileSystem())
        let all = Rewrite(partition: events, offsets: RangeSet(0..<Offset.max), replacement: Sample.erase)
        await rewriter.stop()
        await #expect(throws: MessageLogError.closed) { try await rewriter.run(all) }
        #expect(try filesHolding("secret 0.") == 1)
    }

    /// The writer of the lane, and who rewrites it, without the log that has them.
    private func lane(_ files: any FileSystem) -> (LaneWriter, LaneRewriter) {
        let options = EmbeddedLogOptions()
        let writer = LaneWriter(
            partition: events,
            root: folder.path,
            fileSystem: files,
            options: options,
            alarm: FailureAlarm()
        )
        return (writer, LaneRewriter(writer: writer, root: folder.path, fileSystem: files, options: options))
    }

    private var directory: String { "\(folder.path)/events/ingest" }

    private func names() throws -> [String] { try POSIXFileSystem().list(directory).sorted() }

    /// A log with 100 records in more segments than readers hold open.
    private func filledLog() async throws -> EmbeddedLog {
        let log = try open("ingest")
        for number in 0..<100 { _ = try await log.append([Sample.record(number)], to: "events") }
        return log
    }

    private func open(
        _ producer: String?,
        segmentBytes: Int = 2000,
        files: any FileSystem = POSIXFileSystem()
    ) throws -> EmbeddedLog {
        var options = EmbeddedLogOptions()
        options.segmentBytes = segmentBytes
        options.appendBytes = 4000
        return try EmbeddedLog(
            directory: folder.path,
            producer: producer,
            options: options,
            fileSystem: files,
            wakeups: nil
        )
    }

    private func filesHolding(_ text: String) throws -> Int {
        let files = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []
        return files.count {
            FileManager.default.contents(atPath: "\(folder.path)/\($0)")?.range(of: Data(text.utf8)) != nil
        }
    }

    private func expectRecords(_ count: Int, erased: Set<Int>, in log: EmbeddedLog) async throws {
        let found = try await log.read(events, from: 0, maxRecords: count + 1, maxBytes: .max)
        #expect(found.map(\.offset) == Array(0..<Offset(count)))
        for (number, stored) in found.enumerated() {
            let record = Sample.record(number)
            let expected = erased.contains(number) ? Sample.erase(stored) : record
            #expect(stored.record == expected && stored.record.timestamp == record.timestamp, "\(number)")
        }
    }
}

/// The records of these tests.
private enum Sample {
    static func record(_ number: Int) -> Record {
        Record(
            key: Array("secret \(number). key".utf8),
            value: Array("secret \(number). \(String(repeating: "x", count: 100))".utf8),
            headers: [Header(name: "secret \(number). name", value: Array("secret \(number). value".utf8))],
            timestamp: Int64(number)
        )
    }

    static func erase(_ stored: StoredRecord) -> Record? { Record(value: [], timestamp: stored.record.timestamp) }

    static func resized(_ record: Record, to length: Int) -> Record {
        Record(value: Array(repeating: UInt8(length % 256), count: length), timestamp: record.timestamp)
    }
}

/// Waits in a thread that may block.
private enum Blocking {
    static func wait(_ work: @escaping @Sendable () async throws -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task {
            try? await work()
            done.signal()
        }
        done.wait()
    }
}

/// What this process holds open.
private enum Descriptors {
    static func openButRemoved(in folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) ?? ""
            return target.hasPrefix(folder) && target.hasSuffix("(deleted)")
        }
    }
}
