import Foundation
import Synchronization
import Testing

@testable import MessageLog

@Suite("The log in files, beside a simple model of it")
struct ModelTests {
    @Test(
        "loses nothing acknowledged and shows nothing half-written, whatever crashes when",
        arguments: 0..<LogModel.parts
    )
    func survivesCrashes(part: Int) async throws {
        for seed in part * 60..<(part + 1) * 60 {
            var run = try LogModel(seed: UInt64(seed))
            do { try await run.play(steps: 40) } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}

/// What should be in the log, played against what is.
struct LogModel {
    /// An append that was tried: its records follow from the sequence, and from how often they were rewritten.
    struct Append: Equatable {
        var sequence: UInt64
        var sizes: [Int]
        var offset: Offset?
        /// For each record the versions that may be in the log: one, or more after a rewriting that failed.
        var versions: [Set<Int>]

        init(sequence: UInt64, sizes: [Int]) {
            self.sequence = sequence
            self.sizes = sizes
            versions = Array(repeating: [0], count: sizes.count)
        }

        var records: [Record] { sizes.indices.map { record($0, version: 0) } }
    }

    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    static let partition = Partition(topic: "events", name: "ingest")

    /// How many parts of 60 seeds to play; `KITH_LOG_MODEL_PARTS` asks for more than the usual.
    static let parts = ProcessInfo.processInfo.environment["KITH_LOG_MODEL_PARTS"].flatMap { Int($0) } ?? 8

    let system = SimulatedFileSystem()
    var random: SplitMix
    private(set) var log: EmbeddedLog?
    /// What was put in the log for certain, oldest first; all have their offsets.
    var stored: [Append] = []
    /// What retention has left; a power cut may bring back what it removed last.
    private(set) var first: Offset = 0
    /// What was tried and not answered: in the log or not, but whole and in this order.
    private(set) var open: [Append] = []
    private var nextSequence: UInt64 = 1
    private var progress: Offset?
    private var epoch: LogEpoch?
    /// How often records were rewritten; the version of those that were rewritten last.
    var lastVersion = 0
    var steps: [String] = []

    init(seed: UInt64) throws {
        random = SplitMix(state: seed)
        try system.makeDirectory("/log")
        try system.syncDirectory("")
    }

    /// Takes random steps, and verifies everything at the end.
    mutating func play(steps count: Int) async throws {
        do {
            try await start()
            for _ in 0..<count { try await step() }
            try await crash(.power)
        } catch {
            throw Violation(description: "\(error) after \(steps.suffix(12).joined(separator: ", "))")
        }
    }

    private mutating func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<42: try await append(count: 1)
        case 42..<55: try await append(count: .random(in: 2...6, using: &random))
        case 55..<64: try await readSomewhere()
        case 64..<72: try await rewrite()
        case 72..<77: try await note()
        case 77..<82: try await retain()
        case 82..<85: try await fill()
        case 85..<88: try await failSync()
        case 88..<92: try await crash(.process)
        case 92..<95: try await crash(.power)
        default: try await dieInTheMiddle()
        }
    }

    // MARK: Steps

    private mutating func append(count: Int) async throws {
        steps.append("append \(count)")
        guard let log else { return }
        var tries: [Append] = []
        for _ in 0..<count {
            tries.append(Append(sequence: nextSequence, sizes: randomSizes()))
            nextSequence += 1
        }
        // One after the other is the only way to give sequences an order; the file system sees groups all the same in
        // the conformance suite and in the tests with real processes.
        for attempt in tries { try await append(attempt, to: log) }
    }

    private mutating func append(_ attempt: Append, to log: EmbeddedLog) async throws {
        do throws(MessageLogError) {
            let result = try await log.append(attempt.records, to: "events", sequence: attempt.sequence)
            guard case .at(let offset) = result else { throw .corrupt(file: "", at: 0, reason: "duplicate") }
            try expect(open.isEmpty && offset == head, "an append got offset \(offset) where \(head) was next")
            stored.append(attempt)
            stored[stored.count - 1].offset = offset
        } catch {
            switch error {
            case .full: steps.append("full")
            case .io, .syncFailed: open.append(attempt)
            default: throw error
            }
        }
    }

    private mutating func readSomewhere() async throws {
        steps.append("read")
        guard open.isEmpty, first < head else { return }
        let reader = try makeLog(producer: nil)
        let offset = Offset.random(in: first..<head, using: &random)
        let count = Int.random(in: 1...20, using: &random)
        let found = try await reader.read(Self.partition, from: offset, maxRecords: count, maxBytes: .max)
        try expect(found.map(\.offset) == Array(offset..<min(offset + Offset(count), head)), "offsets from \(offset)")
        for stored in found {
            let (append, index) = try place(stored.offset)
            try expect(append.version(of: stored.record, at: index) != nil, "the record at \(stored.offset) differs")
        }
    }

    private mutating func note() async throws {
        steps.append("note")
        guard let log, head > 0 else { return }
        let offset = Offset.random(in: (progress ?? 0)...head, using: &random)
        do throws(MessageLogError) {
            try await log.record(progress: [Self.partition: offset], of: "profile", in: "events")
            progress = offset
        } catch {
            guard case .io = error else { throw error }
        }
    }

    private mutating func retain() async throws {
        steps.append("retain")
        guard let log else { return }
        let limit = Int.random(in: 0...6000, using: &random)
        do throws(MessageLogError) {
            try await log.applyRetention(Retention(bytes: limit), to: "events", now: 0)
        } catch {
            guard case .io = error else { throw error }
        }
        guard let status = try await log.partitions(of: "events").first else { return }
        try follow(status)
    }

    /// Lets the disk be full for an append or two, or while something is rewritten.
    private mutating func fill() async throws {
        steps.append("fill")
        let room = Int.random(in: 0...3000, using: &random)
        system.disk.withLock { $0.room = room }
        if Bool.random(using: &random) { try await rewrite() }
        try await append(count: .random(in: 1...4, using: &random))
        system.disk.withLock { $0.room = .max }
        try await append(count: 1)
    }

    private mutating func failSync() async throws {
        steps.append("fail sync")
        let (failing, isRewriting) = (Bool.random(using: &random), Bool.random(using: &random))
        system.disk.withLock { disk in
            if isRewriting && failing { disk.failsNextDirectorySync = true } else { disk.failsNextSync = true }
        }
        if isRewriting { try await rewrite() }
        try await append(count: 2)
        try await crash(Bool.random(using: &random) ? .process : .power)
    }

    /// Lets the process die at one of its next operations, during appends, retention, rewriting or recovery.
    private mutating func dieInTheMiddle() async throws {
        let left = Int.random(in: 0..<12, using: &random)
        steps.append("die after \(left)")
        system.disk.withLock { $0.stepsLeft = left }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: try await retain()
        case 1: try await dieInRecovery(left)
        case 2...3: try await rewrite()
        default: try await append(count: 6)
        }
        try await crash(Bool.random(using: &random) ? .process : .power)
    }

    private mutating func dieInRecovery(_ left: Int) async throws {
        end(.power)
        system.disk.withLock { $0.stepsLeft = left }
        do throws(MessageLogError) { log = try makeLog(producer: "ingest") } catch {
            guard case .io = error else { throw error }
        }
    }

    // MARK: Crash and recovery

    private mutating func crash(_ kind: SimulatedFileSystem.Crash) async throws {
        steps.append("crash \(kind)")
        end(kind)
        try await start()
    }

    private mutating func end(_ kind: SimulatedFileSystem.Crash) {
        log = nil
        var generator = random
        system.disk.withLock { $0.crash(kind, using: &generator) }
        random = generator
    }

    private mutating func start() async throws {
        let log = try makeLog(producer: "ingest")
        self.log = log
        let last = try await log.lastSequence(of: "events")
        try await compare()
        let expected = stored.last?.sequence ?? 0
        try expect(last >= expected, "the last sequence is \(last), not \(expected)")
    }

    /// Compares the whole log with what must and what may be in it.
    private mutating func compare() async throws {
        let reader = try makeLog(producer: nil)
        guard let status = try await reader.partitions(of: "events").first else {
            try expect(stored.isEmpty, "the partition is gone")
            return
        }
        if !stored.isEmpty { try expect(status.epoch == epoch, "the epoch is another one") }
        epoch = status.epoch
        try follow(status)
        var offset = status.first
        var found: [StoredRecord] = []
        while offset < status.head {
            found += try await reader.read(Self.partition, from: offset, maxRecords: 100, maxBytes: .max)
            offset = Offset(found.count) + status.first
        }
        try settle(found)
    }

    private mutating func settle(_ found: [StoredRecord]) throws {
        var rest = found[...]
        for index in stored.indices where stored[index].place(0) >= first {
            stored[index] = try take(stored[index], from: &rest)
        }
        var certain: [Append] = []
        for var append in open where rest.first?.record.timestamp == Int64(append.sequence) {
            append.offset = rest.first?.offset
            certain.append(try take(append, from: &rest))
        }
        try expect(rest.isEmpty, "there are \(rest.count) records nobody wrote")
        stored += certain
        open = []
    }

    /// The append with the versions of its records that were found.
    private func take(_ append: Append, from rest: inout ArraySlice<StoredRecord>) throws -> Append {
        var append = append
        let next = rest.prefix(append.sizes.count)
        let versions = zip(0..., next).map { append.version(of: $1.record, at: $0) }
        append.versions = versions.map { $0.map { [$0] } ?? [] }
        let isWhole = versions.count == append.sizes.count && !versions.contains(nil)
        try expect(isWhole, "append \(append.sequence) is not there, or not whole")
        try expect(next.first?.offset == append.offset, "append \(append.sequence) moved")
        rest = rest.dropFirst(append.sizes.count)
        return append
    }

    /// Follows retention, which removes whole segments and never what is to be read.
    private mutating func follow(_ status: PartitionStatus) throws {
        try expect(status.first <= max(first, progress ?? .max), "retention went past a consumer")
        first = status.first
    }

    /// The offset the next append must get.
    var head: Offset { stored.last.map { $0.place($0.sizes.count) } ?? 0 }

    private mutating func randomSizes() -> [Int] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            Bool.random(using: &random) ? .random(in: 0...40, using: &random) : .random(in: 0...1200, using: &random)
        }
    }

    private func makeLog(producer: String?) throws(MessageLogError) -> EmbeddedLog {
        var options = EmbeddedLogOptions()
        options.segmentBytes = 4000
        return try EmbeddedLog(
            directory: "/log",
            producer: producer,
            options: options,
            fileSystem: system,
            wakeups: nil
        )
    }

    func expect(_ condition: Bool, _ finding: String) throws(MessageLogError) {
        guard condition else { throw .corrupt(file: "model", at: 0, reason: finding) }
    }
}

extension LogModel.Append {
    func place(_ index: Int) -> Offset { (offset ?? 0) + Offset(index) }
}

/// A small random generator that a seed determines.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
